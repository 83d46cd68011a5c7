package sys

// OpenBSD has no limit on the address space.
const limitAddress = -1
