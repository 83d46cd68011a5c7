package sys

// struct utmp of glibc; ports on which 32-bit programs never ran have wider times.
var utmp = utmpForm{
	file: "/var/run/utmp", sizes: []int{384, 400},
	kind: utmpField{0, 2}, session: 7, kinds: 10,
	line: utmpField{8, 32}, user: utmpField{44, 32},
}
