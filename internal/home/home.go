// Package home holds what an installation fixes when it is built: build.sh
// sets the variables below with the linker's -X.
package home

var (
	dir     = "/var/qmail"
	patrn   = "002"
	breakat = "-"
)

// Dir returns the qmail home, an absolute path (conf-qmail of the C programs).
// No variable of the environment changes it: set-uid qmail-queue relies on it.
func Dir() string { return dir }

// Patrn returns the permission bits that qmail-local refuses on a user's home
// and dot-qmail files (conf-patrn of the C programs).
func Patrn() uint32 {
	n := uint32(0)
	for _, c := range patrn {
		n = n<<3 | uint32(c-'0')&7
	}
	return n
}

// Break returns the character between a user's name and the extension in an
// address, "" for none (conf-break of the C programs).
func Break() string {
	if breakat == "" {
		return ""
	}
	return breakat[:1]
}

// Sockets is the folder of a home that its resident helpers have their sockets
// in.
const Sockets = "run"

// Socket returns the path of one of them in the home dir.
func Socket(dir, name string) string { return dir + "/" + Sockets + "/" + name }
