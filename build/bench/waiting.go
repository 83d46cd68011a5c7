package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// beside measures what a message costs while others wait. Only qmail's
// systems are asked: their queue can be filled by writing files.
func beside(b *bench, name, title string) {
	for _, s := range b.systems {
		q, ok := s.(*qmail)
		if !ok || q.called == nameClassic {
			continue
		}
		for _, n := range b.queued {
			began := time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			err := q.fill(ctx, n)
			cancel()
			if err != nil {
				q.empty()
				b.fails(name, q.name(), err)
				continue
			}
			b.say(name, q.name(), fmt.Sprintf("%d messages put into the queue in %d seconds", n, int(time.Since(began).Seconds())))
			title := title + ": " + strconv.Itoa(n)
			b.each(name, title, []system{q}, func(ctx context.Context, s system) (int, time.Duration, error) {
				return b.besideWaiting(ctx, q, title)
			})
			if n >= many {
				b.say(name, "a minute's pause, for which a file system may remember what was deleted")
				time.Sleep(remembered)
			}
		}
	}
}

// many is how many messages, when they are deleted, may make what comes after
// slower: ext4 without a journal steps over each inode that was freed so lately.
const (
	many       = 10000
	remembered = 61 * time.Second
)

func (b *bench) besideWaiting(ctx context.Context, q *qmail, title string) (int, time.Duration, error) {
	if err := q.start(ctx); err != nil {
		return 0, 0, err
	}
	if err := q.settle(ctx); err != nil {
		return 0, 0, err
	}
	used, began := q.used(), time.Now()
	err := b.source(ctx, q, 8, user+"@"+host)
	if err == nil {
		err = await(ctx, "mail", func() bool { return b.mail() >= b.messages })
	}
	took := time.Since(began)
	if err == nil {
		err = await(ctx, "the queue to be as before", func() bool { return count(q.home+"/queue/todo") == 0 })
	}
	used = q.used() - used
	if m := b.mail(); m != b.messages {
		return 0, 0, fmt.Errorf("%d messages of %d", m, b.messages)
	}
	if err == nil {
		b.noteCost(title, q.name(), float64(used.Microseconds())/float64(b.messages))
	}
	return b.messages, took, err
}

// fill puts n messages into the queue whose next try is in some hours.
func (q *qmail) fill(ctx context.Context, n int) error {
	later := time.Now().Add(6 * time.Hour)
	send, err := ownerOf(q.home + "/queue/info")
	if err != nil {
		return err
	}
	first := q.home + "/queue/mess/0/"
	for i := 0; i < n && ctx.Err() == nil; i++ {
		// A message's number is its inode's.
		name := first + ".filling"
		if err := os.WriteFile(name, []byte("x\n"), 0o644); err != nil {
			return err
		}
		var st syscall.Stat_t
		if err := syscall.Stat(name, &st); err != nil {
			return err
		}
		id := fmt.Sprintf("/%d/%d", st.Ino%split(q.home), st.Ino)
		if err := os.Rename(name, q.home+"/queue/mess"+id); err != nil {
			return err
		}
		for file, text := range map[string]string{"/queue/info": "Fsender@" + host + "\x00", "/queue/remote": "Tu@" + far + "\x00"} {
			if err := os.WriteFile(q.home+file+id, []byte(text), 0o600); err != nil {
				return err
			}
			if err := os.Chown(q.home+file+id, send, -1); err != nil {
				return err
			}
		}
		if err := os.Chtimes(q.home+"/queue/remote"+id, later, later); err != nil {
			return err
		}
	}
	// What was written here is no cost of the programs'.
	syscall.Sync()
	return ctx.Err()
}

// split is how many folders the queue's folders have.
func split(home string) uint64 { return uint64(count(home + "/queue/mess")) }

func ownerOf(path string) (int, error) {
	var st syscall.Stat_t
	err := syscall.Stat(path, &st)
	return int(st.Uid), err
}

// quiet is how long qmail-send does nothing when it has read the queue.
const quiet = time.Second

// settle waits until qmail-send has nothing to do.
func (q *qmail) settle(ctx context.Context) error {
	last, since := "", time.Now()
	return await(ctx, "qmail-send to become idle", func() bool {
		if now := q.send.cpu(); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > quiet
	})
}
