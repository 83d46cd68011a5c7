package main

import (
	"bytes"
	"strings"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cmd"
)

// find looks an address up among the records of a kind, which is
// aliases.Commands or aliases.Owner; where wild is set, then its host, then
// its box, each with the at sign.
func (f *forwarder) find(kind, address string, wild bool) (data []byte, found bool, err error) {
	targets := []string{address}
	if at := strings.LastIndexByte(address, '@'); wild && at >= 0 {
		targets = append(targets, address[at:], address[:at+1])
	}
	for _, target := range targets {
		data, found, err = f.db.Find([]byte(aliases.Lower(kind + target)))
		if err != nil {
			return nil, false, f.unread(f.name, err)
		}
		if found {
			return data, true, nil
		}
	}
	return nil, false, nil
}

// start obeys the commands for the recipient of the message. An owner takes
// the place of the sender, but not of that of a bounce.
func (f *forwarder) start(recipient string) error {
	if f.sender != "" && f.sender != "#@[]" {
		owner, found, err := f.find(aliases.Owner, recipient, true)
		if err != nil {
			return err
		}
		if found {
			f.sender = aliases.Printed(string(owner))
		}
	}
	data, found, err := f.find(aliases.Commands, recipient, true)
	switch {
	case err != nil:
		return err
	case found:
		return f.commands(data)
	case f.pass:
		return cmd.Silent(0)
	}
	return cmd.Say(cmd.ExitPermanent, noMailbox)
}

// commands runs the programs among the commands of a target at once, and puts
// off the others.
func (f *forwarder) commands(data []byte) error {
	return aliases.Entries(bytes.NewReader(data), func(entry string) error {
		if aliases.IsProgram(entry) {
			return f.program(entry)
		}
		f.later(entry)
		return nil
	})
}

// later keeps a command for follow. A lone "&" names nobody.
func (f *forwarder) later(entry string) {
	if aliases.Followed(entry) && entry != "&" {
		f.todo = append(f.todo, entry)
	}
}

// follow obeys the commands to do, each but once.
func (f *forwarder) follow() error {
	for len(f.todo) > 0 {
		command := f.todo[len(f.todo)-1]
		f.todo = f.todo[:len(f.todo)-1]
		if f.done[command] {
			continue
		}
		f.done[command] = true
		var err error
		if address, ok := strings.CutPrefix(command, "&"); ok {
			err = f.address(address)
		} else {
			err = f.list(command)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// address forwards to an address, or to whom its target in the database
// names. A target with an owner is mailed to instead: the mail then comes
// back for it, and goes on from the owner.
func (f *forwarder) address(address string) error {
	_, owned, err := f.find(aliases.Owner, address, false)
	if err != nil {
		return err
	}
	if !owned {
		data, found, err := f.find(aliases.Commands, address, false)
		if err != nil {
			return err
		}
		if found {
			return f.commands(data)
		}
	}
	f.recipients = append(f.recipients, address)
	return nil
}
