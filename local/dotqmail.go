package local

import (
	"errors"
	"io"
	"os"
	"syscall"

	"qmailkit/internal/dotqmail"
	"qmailkit/internal/envelope"
	"qmailkit/internal/errstr"
	"qmailkit/internal/home"
	"qmailkit/internal/plain"
)

// maxDotQmail bounds what is read of a dot-qmail file.
const maxDotQmail = 64 << 20

// dotQmail is the instructions for one recipient.
type dotQmail struct {
	instructions []Instruction
	executable   bool   // only forwards are allowed
	isDefault    bool   // the file's name ends in "default"
	matched      string // the part of the extension that "default" stood for
}

// prepare finds and reads the instructions, and settles the sender of forwards.
func (d *delivery) prepare() error {
	text, err := d.search()
	if err != nil {
		return err
	}
	if d.sender, err = d.newSender(); err != nil {
		return err
	}
	if text == "" {
		text, d.dot.executable = d.Default, false
	}
	if d.dot.instructions, err = Parse(text); err != nil {
		return temporary("Uh-oh: first line of .qmail file is blank. (#4.2.1)")
	}
	return nil
}

// search returns the content of the first dot-qmail file there is for the
// recipient: that of the whole extension, then the default files of ever
// shorter parts of it (dot-qmail(5), "EXTENSION ADDRESSES").
func (d *delivery) search() (text string, err error) {
	for name := range dotqmail.Names(d.Dash, d.Ext) {
		text, found, err := d.read(name.File)
		if found || err != nil {
			d.dot.isDefault, d.dot.matched = name.Default, name.Matched
			return text, err
		}
	}
	if d.Dash == "" {
		return "", nil
	}
	return "", permanent("Sorry, no mailbox here by that name. (#5.1.1)")
}

// read reads the dot-qmail file name. What is no regular file, or cannot
// be there, is not found; doubt is a temporary failure.
func (d *delivery) read(name string) (text string, found bool, err error) {
	f, err := plain.OpenFD(d.path(name), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if errstr.Temporary(err) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
			return "", false, unableToOpen(name, err)
		}
		return "", false, nil
	}
	defer f.Close()
	var st syscall.Stat_t
	if err := f.Stat(&st); err != nil {
		return "", false, unableToOpen(name, err)
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return "", false, nil
	}
	if uint32(st.Mode)&0o777&home.Patrn() != 0 {
		return "", false, temporary("Uh-oh: .qmail file is writable. (#4.7.0)")
	}
	d.dot.executable = st.Mode&0o100 != 0
	b, err := io.ReadAll(io.LimitReader(f, maxDotQmail+1))
	if err != nil {
		return "", false, temporary("Unable to read " + name + ": " + errstr.Text(err) + ". (#4.3.0)")
	}
	if len(b) > maxDotQmail {
		return "", false, temporary("Uh-oh: " + name + " is too big. (#4.3.0)")
	}
	return string(b), true, nil
}

// newSender returns the sender of forwards: the address of whoever owns the
// extension, if there is one. The senders of bounces stay.
func (d *delivery) newSender() (string, error) {
	if d.Sender == "" || d.Sender == envelope.DoubleBounce {
		return d.Sender, nil
	}
	owned, err := d.exists("-owner")
	if err != nil || !owned {
		return d.Sender, err
	}
	each, err := d.exists("-owner-default")
	switch {
	case err != nil:
		return "", err
	case each:
		return d.Local + "-owner-@" + d.Host + "-@[]", nil
	}
	return d.Local + "-owner@" + d.Host, nil
}

func (d *delivery) exists(suffix string) (bool, error) {
	name := dotqmail.File(d.Dash, d.Ext+suffix)
	err := plain.Stat(d.path(name), new(syscall.Stat_t))
	if err != nil && errstr.Temporary(err) {
		return false, unableToOpen(name, err)
	}
	return err == nil, nil
}

func unableToOpen(name string, err error) error {
	return temporary("Unable to open " + name + ": " + errstr.Text(err) + ". (#4.3.0)")
}
