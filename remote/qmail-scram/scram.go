package main

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/xdg-go/stringprep"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/errstr"
	"qmailkit/internal/sasl"
)

// What is said when it fails.
const (
	synopsis = "qmail-scram [ -i iterations ] [ file ]"
	badLine  = "unable to understand line "
	noRead   = "unable to read input"
	noWrite  = "unable to write "
)

const (
	defaultFile = "scram.cdb"
	maxLine     = 4096
	secretSize  = 32
	// Only its owner may read a new table: who has it can pass for the server,
	// and guess at passwords.
	mode = 0o600
)

// Run reads lines of user:password from p's standard input and puts a table of
// their verifiers in the place of control/scram.cdb or the file named.
func Run(p *cmd.Proc) error {
	args, iterations := p.Args, sasl.DefaultIterations
	if len(args) >= 2 && args[0] == "-i" {
		n, digits := control.LeadingInt(args[1])
		if digits == 0 || digits != len(args[1]) || n < sasl.MinIterations || n > sasl.MaxIterations {
			return p.Usage(synopsis)
		}
		args, iterations = args[2:], n
	}
	path := p.InHome("control", defaultFile)
	switch {
	case len(args) > 1 || len(args) == 1 && strings.HasPrefix(args[0], "-"):
		return p.Usage(synopsis)
	case len(args) == 1:
		path = p.Path(args[0])
	}
	temporary := path + ".tmp"
	w, err := cdb.Create(temporary, mode)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, noWrite+temporary, err)
	}
	defer w.Abort()
	if err := fill(p, w, iterations); err != nil {
		return err
	}
	if err := keepOwner(path, temporary); err != nil {
		return p.FatalSys(cmd.ExitTemporary, noWrite+temporary, err)
	}
	if err := w.Finish(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, noWrite+temporary, err)
	}
	if err := w.Rename(path); err != nil {
		return p.FatalSys(cmd.ExitTemporary, noWrite+path, err)
	}
	return nil
}

// fill adds the records.
func fill(p *cmd.Proc, w *cdb.Writer, iterations int) error {
	secret := binary.LittleEndian.AppendUint32(nil, uint32(iterations))
	if err := w.Add([]byte(sasl.SecretKey), append(secret, random(secretSize)...)); err != nil {
		return p.Fatal(cmd.ExitTemporary, errstr.Text(err))
	}
	in := bufio.NewReaderSize(p.Stdin, maxLine)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return bad(p, n, "too long")
		case err != nil && !errors.Is(err, io.EOF):
			return p.FatalSys(cmd.ExitTemporary, noRead, err)
		}
		last := err != nil
		if text := strings.TrimSuffix(string(line), "\n"); text != "" && text[0] != '#' {
			user, verifier, err := parse(text, iterations)
			if err != nil {
				return bad(p, n, err.Error())
			}
			if err := w.Add([]byte(user), verifier.Bytes()); err != nil {
				return p.Fatal(cmd.ExitTemporary, errstr.Text(err))
			}
		}
		if last {
			return nil
		}
	}
}

func bad(p *cmd.Proc, line int, why string) error {
	return p.Fatal(cmd.ExitPermanent, badLine+strconv.Itoa(line)+": "+why)
}

// parse makes the record of a line "user:password". Both are prepared by
// SASLprep, RFC 4013, as the client will prepare them.
func parse(line string, iterations int) (user string, v sasl.Verifier, err error) {
	user, password, found := strings.Cut(line, ":")
	if !found {
		return "", v, errors.New("no colon")
	}
	if user, err = stringprep.SASLprep.Prepare(user); err != nil || user == "" {
		return "", v, errors.New("no user name that SASL allows")
	}
	if password, err = stringprep.SASLprep.Prepare(password); err != nil || password == "" {
		return "", v, errors.New("no password that SASL allows")
	}
	v, err = sasl.NewVerifier(password, random(sasl.SaltSize), iterations)
	return user, v, err
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // it never fails
	return b
}

// keepOwner gives the new table owner and mode of the old one, so that a
// server that could read that can read this.
func keepOwner(old, name string) error {
	fi, err := os.Stat(old)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		if err := os.Chown(name, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	return os.Chmod(name, fi.Mode().Perm())
}
