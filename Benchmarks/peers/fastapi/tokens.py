"""Whom an access token speaks for: the same token, algorithm and checks as in Artel."""

import time
import uuid
from functools import lru_cache

import jwt

ALGORITHM = "ES256"
# As many verified tokens as Artel remembers.
REMEMBERED = 65_536


class Tokens:
    def __init__(self, public_key_pem, issuer):
        key = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256).prepare_key(public_key_pem)

        @lru_cache(maxsize=REMEMBERED)
        def verified(token):
            claims = jwt.decode(token, key, algorithms=[ALGORITHM], issuer=issuer,
                                options={"require": ["sub", "sid", "exp", "iat"]})
            return uuid.UUID(claims["sub"]), claims["sid"], claims["exp"]

        self._verified = verified
        # Artel, too, looks for the session in memory; it is filled when a session is revoked.
        self.revoked_sessions = set()

    def member(self, token):
        """The member's id, or None when the token is not good, has expired, or its session was revoked."""
        try:
            member, session, expires = self._verified(token)
        except (jwt.InvalidTokenError, ValueError):
            return None
        if expires <= time.time() or session in self.revoked_sessions:
            return None
        return member
