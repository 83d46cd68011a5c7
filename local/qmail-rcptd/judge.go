package main

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/dotqmail"
	"qmailkit/internal/errstr"
	"qmailkit/internal/home"
	"qmailkit/internal/rcptcheck"
	"qmailkit/internal/users"
	"qmailkit/send"
)

// judge goes the way that mail would go: the rules of qmail-send, the user as
// qmail-lspawn finds it, the files that qmail-local looks for. Where any of
// these would have a doubt, so has it.
type judge struct {
	proc   *cmd.Proc
	rules  rules
	single bool   // a single-user home: the owner is the only user there is
	owner  uint32 // its owner
}

func (j *judge) judge(recipient string) rcptcheck.Verdict {
	if strings.ContainsAny(recipient, "\x00\n") {
		return rcptcheck.Unknown
	}
	rules, err := j.rules.current()
	if err != nil {
		return rcptcheck.Unknown
	}
	address, channel := rules.Rewrite(recipient)
	if channel != send.Local {
		return rcptcheck.Unknown
	}
	box := address[:strings.LastIndexByte(address, '@')]
	if box == "" {
		return rcptcheck.No
	}
	a, err := j.who(box)
	if err != nil || a.UID == 0 || j.single && a.UID != j.owner {
		return rcptcheck.Unknown // qmail-lspawn would have it wait
	}
	return mailbox(a)
}

// who finds the user in charge of box: in users/cdb, if there is one, else by
// asking qmail-getpw, whatever program that is.
func (j *judge) who(box string) (users.Assignment, error) {
	table, err := cdb.Open(j.proc.InHome("users", "cdb"))
	if err == nil {
		defer table.Close()
		answer, found, err := users.Find(table, box)
		if err != nil {
			return users.Assignment{}, err
		}
		if found {
			return users.ParseAssignment(answer)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return users.Assignment{}, err
	}
	answer, err := askGetpw(j.proc, box)
	if err != nil {
		return users.Assignment{}, err
	}
	return users.ParseAssignment(answer)
}

// mailbox tells whether qmail-local would find instructions. It opens no file
// of the user's: to open one can do things.
func mailbox(a users.Assignment) rcptcheck.Verdict {
	if !strings.HasPrefix(a.Home, "/") {
		return rcptcheck.Unknown
	}
	fi, err := os.Stat(a.Home + "/.")
	if err != nil || uint32(fi.Mode().Perm())&home.Patrn() != 0 || fi.Mode()&os.ModeSticky != 0 || !enterable(fi, a) {
		return rcptcheck.Unknown // mail waits until the user has put it right
	}
	for name := range dotqmail.Names(a.Dash, a.Ext) {
		fi, err := os.Stat(a.Home + "/" + name.File)
		switch {
		case err == nil && fi.Mode().IsRegular():
			return rcptcheck.Yes
		case err != nil && (errstr.Temporary(err) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES)):
			return rcptcheck.Unknown
		}
	}
	if a.Dash == "" {
		return rcptcheck.Yes // the default delivery
	}
	return rcptcheck.No
}

// enterable tells whether the user may enter the home folder, whatever this
// process may.
func enterable(fi fs.FileInfo, a users.Assignment) bool {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	search := fs.FileMode(0o001)
	switch {
	case st.Uid == a.UID:
		search = 0o100
	case st.Gid == a.GID:
		search = 0o010
	}
	return fi.Mode()&search != 0
}
