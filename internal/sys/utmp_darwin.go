package sys

// struct utmpx32, the form on disk of getutxent(3).
var utmp = utmpForm{
	file: "/var/run/utmpx", sizes: []int{628},
	user: utmpField{0, 256}, line: utmpField{260, 32},
	kind: utmpField{296, 2}, session: 7, kinds: 12,
}
