package sys

// struct futx, the form on disk of getutxent(3).
var utmp = utmpForm{
	file: "/var/run/utx.active", sizes: []int{197},
	kind: utmpField{0, 1}, session: 4, kinds: 9,
	user: utmpField{21, 32}, line: utmpField{53, 16},
}
