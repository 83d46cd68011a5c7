package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

// Measures of what waits for others: deliveries to a host that does not answer,
// sessions of clients that say nothing.

// residents returns qmailkit with the programs that stay.
func (b *bench) residents() []*qmail {
	var all []*qmail
	for _, s := range b.systems {
		if q, ok := s.(*qmail); ok && q.resident {
			all = append(all, q)
		}
	}
	return all
}

// besideSlow measures the pace of local mail while a host has all remote
// deliveries hang, and its pace without them.
func besideSlow(b *bench, name, title string) {
	for _, q := range b.residents() {
		limit := q.home + "/control/concurrencyremote"
		if err := os.WriteFile(limit, []byte(strconv.Itoa(b.slow)+"\n"), 0o644); err != nil {
			b.fails(name, q.name(), err)
			continue
		}
		alone := func() { b.each(name, title+": without them", []system{q}, b.local) }
		beside := func() { b.each(name, title+": beside "+strconv.Itoa(b.slow), []system{q}, b.besideHanging) }
		if b.round%2 == 0 {
			beside()
			alone()
		} else {
			alone()
			beside()
		}
		if err := os.WriteFile(limit, []byte(deliveries), 0o644); err != nil {
			b.fails(name, q.name(), err)
		}
	}
}

func (b *bench) local(ctx context.Context, s system) (due int, took time.Duration, err error) {
	if err := s.start(ctx); err != nil {
		return 0, 0, err
	}
	return b.localPace(ctx, s)
}

func (b *bench) localPace(ctx context.Context, s system) (due int, took time.Duration, err error) {
	began := time.Now()
	err = b.source(ctx, s, 8, user+"@"+host)
	if err == nil {
		err = await(ctx, "mail", func() bool { return b.mail() >= b.messages })
	}
	return b.messages, time.Since(began), err
}

// besideHanging is local while all remote deliveries are under way.
func (b *bench) besideHanging(ctx context.Context, s system) (due int, took time.Duration, err error) {
	l, err := net.Listen("tcp", b.sinkAt)
	if err != nil {
		return 0, 0, err
	}
	q := s.(*qmail)
	held, stop := hold(l)
	defer stop()
	if err := q.start(ctx); err != nil {
		return 0, 0, err
	}
	recipients := make([]string, b.slow)
	for i := range recipients {
		recipients[i] = "u@d" + strconv.Itoa(i) + "." + far
	}
	if err := q.list(ctx, recipients); err != nil {
		return 0, 0, err
	}
	all := fmt.Appendf(nil, " remote %d/%d\n", b.slow, b.slow)
	underWay := func() bool {
		text, _ := os.ReadFile(q.dir + "/send.log")
		last := bytes.LastIndex(text, []byte("\nstatus: "))
		return last >= 0 && bytes.Contains(text[last:], all) && held() >= b.slow
	}
	if err := await(ctx, "the slow deliveries", underWay); err != nil {
		return 0, 0, err
	}
	b.noteMemory("slow", fmt.Sprintf("qmail-rspawn, and what it starts, with %d deliveries", b.slow), q.send.memory("qmail-rspawn", "qmail-remote"))
	due, took, err = b.localPace(ctx, s)
	if err == nil && !underWay() {
		err = errors.New("the slow deliveries did not stay")
	}
	return due, took, err
}

// hold accepts connections and says nothing, until stop is called; held is how
// many there were.
func hold(l net.Listener) (held func() int, stop func()) {
	var n atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		var all []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			all = append(all, conn)
			n.Add(1)
		}
		for _, conn := range all {
			conn.Close()
		}
	}()
	return func() int { return int(n.Load()) }, func() {
		l.Close()
		<-done
	}
}

// idleSessions measures the memory of the SMTP server while clients are
// connected that say nothing.
func idleSessions(b *bench, name, _ string) {
	for _, q := range b.residents() {
		if !q.listening() {
			b.say(name, "left out: there is no "+listener)
			continue
		}
		q.clients = b.idle + 1 // the first asks whether it listens
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err := b.heldOpen(ctx, q)
		cancel()
		q.stop()
		q.clients = usualClients
		if err != nil {
			b.fails(name, q.name(), err)
		}
	}
}

func (b *bench) heldOpen(ctx context.Context, q *qmail) error {
	if err := q.front(ctx); err != nil {
		return err
	}
	greeting := make([]byte, 4)
	for range b.idle {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", q.at)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.Read(greeting); err != nil {
			return err
		}
	}
	b.noteMemory("idle", fmt.Sprintf("%s with %d sessions", listener, b.idle), q.smtpd.memory(listener))
	return nil
}
