"""What every machine-readable face shares: errors, bodies, pages of lists, entity tags.

It lies on the ground floor because each room has a face of its own (`<room>/api.py`) and may only import
downwards. It knows nothing of rooms, rights or rates; `xiucheng.web.api` composes those.
"""
