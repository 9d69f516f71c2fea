"""The REST interface of CompreFace, for programs that were written for it.

Recognition, detection and verification below `/api/v1/`, with the header `x-api-key`. What a subject
is there is a person here, an example is an anchor photo, and a face collection is a gallery.
"""
