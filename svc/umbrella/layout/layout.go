// Package layout says what belongs into a qmail home: folders and programs,
// whose they are and who may do what with them, as build.sh installs them.
package layout

import (
	"io/fs"
	"slices"

	"qmailkit/internal/ids"
)

// Root owns most of a home.
const Root = "root"

// Folder is a folder of the home, outside of its queue.
type Folder struct {
	Name  string // below the home; "" is the home
	Owner string
	Mode  fs.FileMode
}

// Folders are those without which mail does not move.
func Folders() []Folder {
	return []Folder{
		{"", Root, 0o755}, {"bin", Root, 0o755}, {"control", Root, 0o755}, {"users", Root, 0o755},
		{"alias", ids.Alias, 0o755 | fs.ModeSetgid},
	}
}

// Needed are the programs without which mail does not move.
func Needed() []string {
	return []string{
		"qmail-clean", "qmail-getpw", "qmail-inject", "qmail-local", "qmail-lspawn", "qmail-newu", "qmail-queue", "qmail-remote",
		"qmail-rspawn", "qmail-send", "qmail-start", "sendmail",
	}
}

// InSetup are the programs that stand in the home's folder setup, and not in
// bin, where their names would hide those of the system.
func InSetup(name string) bool {
	return slices.Contains([]string{"hostname", "ipmeprint", "dnsip", "dnsfq", "dnsptr", "dnsmxip", "config", "config-fast"}, name)
}

// Program returns whose the program called name is, and its mode. In a
// single-user home it is the user's, and set-uid is of no use.
func Program(name string, single bool) (owner string, mode fs.FileMode) {
	switch name {
	case "qmail-queue":
		if single {
			return ids.Queue, 0o711
		}
		return ids.Queue, 0o711 | fs.ModeSetuid
	case "qmail-lspawn", "qmail-start", "qmail-newu", "qmail-newmrh", "qmail-newmvrt", "qmail-newmgrt", "qmail-recipients",
		"qmail-newpasswd", "qmail-rcptd", "qmail-queued":
		return Root, 0o700
	case "qmail-remote", "qmail-rspawn":
		return Root, 0o751
	case "qmail-getpw", "qmail-local", "qmail-clean", "qmail-send", "splogger", "qmail-pw2u", "qmail-popup":
		return Root, 0o711
	}
	return Root, 0o755
}

// UID returns the number of the owner of something in a home.
func UID(home *ids.Home, owner string) (uint32, error) {
	if owner == Root && !home.Single {
		return 0, nil
	}
	return home.User(owner)
}
