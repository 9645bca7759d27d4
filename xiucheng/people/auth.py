"""How programs show who they are: `Authorization: Bearer <token>` for ninja routers."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from xiucheng.people import actions, queries
from xiucheng.people.models import Post


class Bearer(HttpBearer):
    """The post of a living token; it becomes the request's acting post. A bad token is 401."""

    def authenticate(self, request: HttpRequest, token: str) -> Post | None:
        found = queries.bearer(token)
        if found is None:
            return None
        actions.touch_token(token=found)
        request.acting_post = found.post  # type: ignore[attr-defined]
        return found.post
