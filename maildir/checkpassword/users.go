package main

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
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

// check returns the user that c says to be, if it is. The error says how the
// program ends.
func check(p *cmd.Proc, from sources, c claim) (passwd.User, error) {
	user, stored, err := from.find(c.login)
	if err != nil {
		return user, p.Fatal(exitTemporary, errstr.Text(err))
	}
	if stored == "" || stored == hidden {
		return user, cmd.Silent(exitWrong)
	}
	ok := false
	if password, known := strings.CutPrefix(stored, readable); known {
		ok = proves(c, password)
	} else if ok, err = unixcrypt.Match(c.proof, stored); err != nil {
		return user, p.Fatal(exitTemporary, err.Error())
	}
	if !ok {
		return user, cmd.Silent(exitWrong)
	}
	return user, nil
}

// readable begins a password that is stored as it is: only that can be held
// against the answer to a challenge.
const readable = "{PLAIN}"

// proves tells whether c has the password itself, or the answer to its
// challenge that POP3's APOP (RFC 1939 7) or CRAM-MD5 (RFC 2195) wants.
func proves(c claim, password string) bool {
	if same(c.proof, password) {
		return password != ""
	}
	if c.challenge == "" || password == "" {
		return false
	}
	apop := md5.Sum([]byte(c.challenge + password))
	cram := hmac.New(md5.New, []byte(password))
	cram.Write([]byte(c.challenge))
	return same(c.proof, hex.EncodeToString(apop[:])) || same(c.proof, hex.EncodeToString(cram.Sum(nil)))
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

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
