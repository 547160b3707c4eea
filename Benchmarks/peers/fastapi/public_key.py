"""Reads the private scalar of a P-256 key in hexadecimal from standard input; prints the public key as PEM."""

import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.derive_private_key(int(sys.stdin.read().strip(), 16), ec.SECP256R1())
print(key.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode())
