package main

import (
	"errors"
	"io/fs"
	"strings"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/nss"
	"qmailkit/internal/passwd"
	"qmailkit/internal/unixcrypt"
)

// sources is where users and their passwords are found.
type sources struct {
	own     string   // a cdb of users; where there is one nothing else counts
	shadows []string // files of "name:hash:...", the first that there is counts
	users   func(name string) (passwd.User, bool, error)
}

// hidden stands in passwd(5) where the hash is elsewhere.
const hidden = "x"

func system(p *cmd.Proc) sources {
	return sources{
		own:     p.InHome("users", "passwd.cdb"),
		shadows: []string{"/etc/shadow", "/etc/master.passwd"},
		users:   nss.Lookup,
	}
}

// check returns the user called login if password is that user's. The error
// says how the program ends.
func check(p *cmd.Proc, from sources, login, password string) (passwd.User, error) {
	user, stored, err := from.find(login)
	if err != nil {
		return user, p.Fatal(exitTemporary, errstr.Text(err))
	}
	if stored == "" || stored == hidden {
		return user, cmd.Silent(exitWrong)
	}
	ok, err := unixcrypt.Match(password, stored)
	switch {
	case err != nil:
		return user, p.Fatal(exitTemporary, err.Error())
	case !ok:
		return user, cmd.Silent(exitWrong)
	}
	return user, nil
}

// find returns the user called name and the hash of the password; "" for the
// hash of one that there is not.
func (s sources) find(name string) (user passwd.User, stored string, err error) {
	if name == "" || strings.ContainsAny(name, ":\n") {
		return user, "", nil
	}
	table, err := cdb.Open(s.own)
	if err == nil {
		defer table.Close()
		data, found, err := table.Find([]byte(name))
		if !found || err != nil {
			return user, "", err
		}
		line := name + ":" + string(data)
		user, ok := passwd.ParseUser(line)
		if !ok {
			return user, "", cdb.ErrFormat
		}
		return user, strings.Split(line, ":")[1], nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return user, "", err
	}
	user, found, err := s.users(name)
	if !found || err != nil {
		return user, "", err
	}
	for _, file := range s.shadows {
		if stored, err = hash(file, name); stored != "" || err != nil {
			return user, stored, err
		}
	}
	stored, err = hash(passwd.Users, name)
	return user, stored, err
}

// hash returns the second field of the line in file that is name's.
func hash(file, name string) (stored string, err error) {
	err = passwd.Each(file, func(line string) error {
		f := strings.SplitN(line, ":", 3)
		if len(f) < 3 || f[0] != name {
			return nil
		}
		stored = f[1]
		return passwd.ErrFound
	})
	if errors.Is(err, passwd.ErrFound) {
		err = nil
	}
	return stored, err
}
