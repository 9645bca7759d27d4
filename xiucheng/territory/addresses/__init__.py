"""Address points (地理编码) and the search for a typed place. What other rooms use is offered by
`territory.queries.find_place` and `territory.actions.import_addresses`.
"""
