package main

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// measure is one question that every system is asked in each round.
type measure struct {
	name  string // for --only
	title string
	run   func(b *bench, name, title string)
}

func (b *bench) measures() []measure {
	return []measure{
		{"maildir-8", "SMTP in, one user's Maildir, 8 sessions", toMaildir(8)},
		{"maildir-32", "SMTP in, one user's Maildir, 32 sessions", toMaildir(32)},
		{"sink-8", "SMTP in, SMTP out to one host, 8 sessions", toSink(8)},
		{"sink-32", "SMTP in, SMTP out to one host, 32 sessions", toSink(32)},
		{"list", "one message to many recipients at one host (figures count recipients)", toList},
		{"inject", "a shell loop of qmail-inject or sendmail, nothing delivered", injected},
		{"slow", "SMTP in, one user's Maildir, 8 sessions, while remote deliveries hang", besideSlow},
		{"idle", "", idleSessions},
		{"waiting", "SMTP in, one user's Maildir, 8 sessions, while other messages wait in the queue", beside},
		{startup, "", startups},
	}
}

// A trial is one system's try at a measure: it says how many of what are due
// and does it between two looks at the clock.
type trial func(ctx context.Context, s system) (due int, took time.Duration, err error)

// turns is systems in the order of this round: forth and back. What one deletes
// may make the next one slower: ext4 without a journal steps over each inode that
// was freed in the last minute.
func (b *bench) turns(systems []system) []system {
	systems = slices.Clone(systems)
	if b.round%2 == 0 {
		slices.Reverse(systems)
	}
	return systems
}

// each has every system try, within patience, and notes its rate.
func (b *bench) each(name, title string, systems []system, do trial) {
	for _, s := range b.turns(systems) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		due, took, err := do(ctx, s)
		s.stop()
		if err == nil {
			err = s.empty()
		} else {
			s.empty()
		}
		cancel()
		if err != nil {
			b.fails(name, s.name(), err)
			continue
		}
		b.note(name, title, s.name(), float64(due)/took.Seconds())
	}
}

// running is each for systems that are all there.
func running(do func(ctx context.Context, b *bench, s system) (int, time.Duration, error)) func(*bench, string, string) {
	return func(b *bench, name, title string) {
		b.each(name, title, b.systems, func(ctx context.Context, s system) (int, time.Duration, error) {
			if err := s.start(ctx); err != nil {
				return 0, 0, err
			}
			return do(ctx, b, s)
		})
	}
}

// source has smtp-source send the messages.
func (b *bench) source(ctx context.Context, s system, sessions int, recipient string) error {
	return run(ctx, b.p.Env, "smtp-source", "-s", strconv.Itoa(sessions), "-m", strconv.Itoa(b.messages), "-l", strconv.Itoa(size),
		"-f", "sender@"+host, "-t", recipient, s.address())
}

// allMail waits until the Maildir has all messages, and then for the
// queue to be empty; it tells of a Maildir that has too many.
func (b *bench) allMail(ctx context.Context, s system) error {
	err := await(ctx, "mail", func() bool { return b.mail() >= b.messages })
	if err == nil {
		err = await(ctx, "an empty queue", func() bool { return s.queued() == 0 })
	}
	if n := b.mail(); n != b.messages {
		return fmt.Errorf("%d messages of %d, %d in the queue", n, b.messages, s.queued())
	}
	return err
}

func toMaildir(sessions int) func(*bench, string, string) {
	do := running(func(ctx context.Context, b *bench, s system) (int, time.Duration, error) {
		began := time.Now()
		err := b.source(ctx, s, sessions, user+"@"+host)
		if err == nil {
			err = b.allMail(ctx, s)
		}
		return b.messages, time.Since(began), err
	})
	return func(b *bench, name, title string) {
		b.withLimit(name, title, sessions, true, do)
	}
}

// withLimit measures the system calls too, as the first or, in the next round,
// as the last.
func (b *bench) withLimit(name, title string, sessions int, local bool, do func(*bench, string, string)) {
	if b.round%2 == 0 {
		do(b, name, title)
	}
	b.limit(name, title, sessions, local)
	if b.round%2 != 0 {
		do(b, name, title)
	}
}

func toSink(sessions int) func(*bench, string, string) {
	do := running(func(ctx context.Context, b *bench, s system) (int, time.Duration, error) {
		return b.atSink(ctx, s, b.messages, func() error { return b.source(ctx, s, sessions, user+"@"+far) })
	})
	return func(b *bench, name, title string) {
		b.withLimit(name, title, sessions, false, do)
	}
}

var toList = running(func(ctx context.Context, b *bench, s system) (int, time.Duration, error) {
	recipients := make([]string, b.recipients)
	for i := range recipients {
		recipients[i] = "u" + strconv.Itoa(i) + "@" + far
	}
	return b.atSink(ctx, s, b.recipients, func() error { return s.list(ctx, recipients) })
})

// teller is a system that tells by itself how many deliveries there were,
// where the remote host cannot: it may send a message once for many.
type teller interface{ sent() int }

// atSink has send send something to the remote host, and waits until all of it
// has arrived and the queue is empty.
func (b *bench) atSink(ctx context.Context, s system, due int, send func() error) (int, time.Duration, error) {
	k, err := startSink(ctx, b.sinkAt)
	if err != nil {
		return 0, 0, err
	}
	defer k.stop()
	arrived := k.messages
	if t, ok := s.(teller); ok {
		before := t.sent()
		arrived = func() int { return t.sent() - before }
	}
	began := time.Now()
	if err := send(); err != nil {
		return 0, 0, err
	}
	err = await(ctx, "an empty queue", func() bool { return s.queued() == 0 })
	took := time.Since(began)
	if err == nil {
		// The last words of the remote host, or of a log, may come later.
		hurry, cancel := context.WithTimeout(ctx, farewell)
		defer cancel()
		await(hurry, "the last message", func() bool { return arrived() >= due })
	}
	if n := arrived(); n != due {
		return 0, 0, fmt.Errorf("%d of %d arrived, %d in the queue", n, due, s.queued())
	}
	return due, took, err
}

// injected is a shell loop. Nothing is delivered meanwhile.
func injected(b *bench, name, title string) {
	b.each(name, title, b.systems, func(ctx context.Context, s system) (int, time.Duration, error) {
		if err := s.front(ctx); err != nil {
			return 0, 0, err
		}
		loop := "i=0; while [ $i -lt " + strconv.Itoa(b.messages) + " ]; do " + s.shell() + " < '" + b.message() + "' || exit 1; i=$((i + 1)); done"
		began := time.Now()
		err := run(ctx, b.p.Env, "sh", "-c", loop)
		took := time.Since(began)
		if n := s.queued(); err == nil && n != b.messages {
			err = fmt.Errorf("%d messages of %d in the queue", n, b.messages)
		}
		return b.messages, took, err
	})
}

// sink is the remote host: Postfix's smtp-sink, which counts.
type sink struct {
	cancel context.CancelFunc
	cmd    *exec.Cmd
	out    *counter
}

func startSink(ctx context.Context, address string) (*sink, error) {
	ctx, cancel := context.WithCancel(ctx)
	k := &sink{cancel: cancel, cmd: exec.CommandContext(ctx, "smtp-sink", "-c", "-u", "nobody", "-m", "1000", address, "1024"), out: &counter{}}
	k.cmd.Stdout = k.out
	if err := k.cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	if err := await(ctx, "smtp-sink", listens(address)); err != nil {
		k.stop()
		return nil, err
	}
	return k, nil
}

func (k *sink) stop() {
	k.cancel()
	k.cmd.Wait()
}

func (k *sink) messages() int { return k.out.messages() }
