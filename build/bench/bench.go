package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"qmailkit/internal/cmd"
)

const usage = "bench [--rounds N] [--messages N] [--recipients N] [--queued N,N] [--slow N] [--idle N] [--only MEASURE,...] --dir DIR --home HOME [--c HOME] [--postfix]"

// The names of the mail systems, as they stand in the tables.
const (
	nameC        = "C qmail"
	nameClassic  = "qmailkit, classic"
	nameResident = "qmailkit, resident"
	namePostfix  = "Postfix"
	nameLimit    = "system calls alone"
)

const (
	host = "test.example"
	far  = "remote.example"
	user = "bench" // who gets the local mail; build/bench.sh makes an entry of the password file that only the bench sees
	size = 2000    // bytes of a message

	concurrency = 100 // deliveries at once, of each system
	deliveries  = "100\n"

	// patience bounds one measurement of one system, whatever goes wrong.
	patience = 5 * time.Minute

	poll = 5 * time.Millisecond
)

// bench is what is measured, and where.
type bench struct {
	p          *cmd.Proc
	dir        string // all files are below it
	home       string // of qmailkit
	cHome      string // of the C programs, a copy; "" without
	postfix    bool
	rounds     int
	messages   int
	recipients int
	queued     []int
	slow       int // deliveries that hang
	idle       int // sessions that say nothing
	only       string

	uid, gid int    // of user
	people   string // user's home
	sinkAt   string // address of the remote host

	systems []system
	round   int // from 1
	results []*result
	wrong   int // messages missing, or measurements that came to nothing
}

// Run measures and prints. It fails when a message was missing anywhere.
func Run(p *cmd.Proc) error {
	b := &bench{p: p, rounds: 5, messages: 2000, recipients: 10000, queued: []int{1000, 100000}, slow: 1000, idle: 5000}
	if err := b.options(p.Args); err != nil {
		return cmd.Say(cmd.ExitPermanent, "bench: "+err.Error()+"\nbench: usage: "+usage)
	}
	if err := b.prepare(); err != nil {
		return err
	}
	b.introduce()
	for b.round = 1; b.round <= b.rounds; b.round++ {
		fmt.Fprintf(p.Stderr, "bench: round %d of %d\n", b.round, b.rounds)
		for _, m := range b.measures() {
			if b.wanted(m.name) {
				m.run(b, m.name, m.title)
			}
		}
	}
	b.report()
	if b.wrong > 0 {
		return fmt.Errorf("%d measurements failed", b.wrong)
	}
	return nil
}

func (b *bench) options(args []string) error {
	for len(args) > 0 {
		name := args[0]
		args = args[1:]
		if name == "--postfix" {
			b.postfix = true
			continue
		}
		if len(args) == 0 {
			return errors.New(name + " is unknown or needs a value")
		}
		value := args[0]
		args = args[1:]
		var err error
		switch name {
		case "--rounds":
			err = number(value, &b.rounds)
		case "--messages":
			err = number(value, &b.messages)
		case "--recipients":
			err = number(value, &b.recipients)
		case "--queued":
			parts := strings.Split(value, ",")
			b.queued = make([]int, len(parts))
			for i, part := range parts {
				err = errors.Join(err, number(part, &b.queued[i]))
			}
		case "--slow":
			err = number(value, &b.slow)
		case "--idle":
			err = number(value, &b.idle)
		case "--only":
			b.only = value
		case "--dir":
			b.dir = value
		case "--home":
			b.home = value
		case "--c":
			b.cHome = value
		default:
			return errors.New(name + " is unknown")
		}
		if err != nil {
			return errors.New(name + " " + value + ": a number above 0 is due")
		}
	}
	if b.dir == "" || b.home == "" {
		return errors.New("--dir and --home are due")
	}
	return b.known()
}

func number(s string, to *int) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return errors.New("no number")
	}
	*to = n
	return nil
}

// known refuses names of measures that there are not.
func (b *bench) known() error {
	for name := range strings.SplitSeq(b.only, ",") {
		found := name == ""
		var all []string
		for _, m := range b.measures() {
			found = found || m.name == name
			all = append(all, m.name)
		}
		if !found {
			return errors.New("--only " + name + ": there are " + strings.Join(all, ", "))
		}
	}
	return nil
}

func (b *bench) wanted(name string) bool {
	return b.only == "" || strings.Contains(","+b.only+",", ","+name+",")
}

// say tells about something that is left out or went wrong.
func (b *bench) say(parts ...string) {
	fmt.Fprintln(b.p.Stderr, "bench: "+strings.Join(parts, ": "))
}

// fails counts a measurement that came to nothing.
func (b *bench) fails(name, system string, err error) {
	b.wrong++
	b.say("FAILED", name, system, err.Error())
}

// message writes the message that is sent, and returns its file's name.
func (b *bench) message() string { return b.dir + "/message" }

func (b *bench) prepare() error {
	if os.Getuid() != 0 {
		return cmd.Say(cmd.ExitPermanent, "bench: only root can: qmail and Postfix run as users of their own")
	}
	if err := b.findUser(); err != nil {
		return err
	}
	text := "Subject: bench\nFrom: sender@" + host + "\nTo: " + user + "@" + host + "\n\n" + strings.Repeat(strings.Repeat("x", 70)+"\n", size/71)
	if err := os.WriteFile(b.message(), []byte(text), 0o644); err != nil {
		return err
	}
	var err error
	if b.sinkAt, err = freeAddress(); err != nil {
		return err
	}
	if b.cHome != "" {
		b.systems = append(b.systems, &qmail{bench: b, called: nameC, home: b.cHome, tcpserver: "tcpserver"})
	}
	ours := b.home + "/bin/tcpserver"
	b.systems = append(b.systems, &qmail{bench: b, called: nameClassic, home: b.home, tcpserver: ours},
		&qmail{bench: b, called: nameResident, home: b.home, tcpserver: ours, resident: true})
	if b.postfix {
		b.systems = append(b.systems, &postfix{bench: b, dir: b.dir + "/postfix"})
	}
	for _, s := range b.systems {
		if err := s.setUp(); err != nil {
			return fmt.Errorf("%s: %w", s.name(), err)
		}
	}
	return nil
}
