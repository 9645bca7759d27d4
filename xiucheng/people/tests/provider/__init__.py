"""A real OpenID provider (django-oauth-toolkit) in a process of its own: what sign-in by OIDC is tested against."""
