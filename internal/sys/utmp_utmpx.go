//go:build netbsd || dragonfly

package sys

// struct utmpx; its time is shorter on some 32-bit ports.
var utmp = utmpForm{
	file: "/var/run/utmpx", sizes: []int{520, 516},
	user: utmpField{0, 32}, line: utmpField{36, 32},
	kind: utmpField{326, 2}, session: 7, kinds: 12,
}
