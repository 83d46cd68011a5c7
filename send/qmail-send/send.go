package main

import (
	"os"
	"os/signal"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/lock"
	"qmailkit/internal/plain"
	"qmailkit/internal/queue"
	"qmailkit/internal/spawn"
	"qmailkit/internal/sys"
	"qmailkit/internal/trigger"
	"qmailkit/send"
)

// What ends qmail-send before it has begun. qmail-log(5) explains them.
const (
	noHome     = "alert: cannot start: unable to switch to home directory\n"
	noControls = "alert: cannot start: unable to read controls\n"
	noQueue    = "alert: cannot start: unable to switch to queue directory\n"
	noSplit    = "alert: cannot start: unable to find the folders of queue/mess\n"
	noMutex    = "alert: cannot start: unable to open mutex\n"
	isRunning  = "alert: cannot start: qmail-send is already running\n"
	noSpawn    = "alert: cannot start: hath the daemon spawn no fire?\n"
	noPipes    = "alert: cannot start: unable to use the pipes to the other daemons\n"
)

// errStart ends qmail-send after the log has said why.
var errStart = cmd.Silent(cmd.ExitTemporary)

// Run is qmail-send: its log is p's descriptor 0; it writes to qmail-lspawn on
// 1, qmail-rspawn on 3 and qmail-clean on 5, and hears them on 2, 4 and 6.
func Run(p *cmd.Proc) error {
	syscall.Umask(0o077)
	log := &logger{out: plain.NewQuick(p.Stdin)}
	defer log.flush()
	conf, alert := readControls(p.Home)
	if alert != "" {
		log.put(alert)
		return errStart
	}
	q, mutex, alert := openQueue(p.InHome("queue"))
	if alert != "" {
		log.put(alert)
		return errStart
	}
	defer mutex.Close()
	sys.CatchPipe()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGALRM, syscall.SIGHUP)
	defer signal.Stop(signals)

	pipes, err := openPipes(p)
	defer pipes.close()
	if err != nil {
		log.put(noPipes)
		return errStart
	}
	for c := range send.Channels {
		announced, ok := pipes.in[c].firstByte()
		if !ok {
			log.put(noSpawn)
			return errStart
		}
		if conf.limit[c] > announced && p.Getenv(spawn.Variable) != "" {
			if announced, conf.wide[c], ok = pipes.askWide(c, announced); !ok {
				log.put(noSpawn)
				return errStart
			}
		}
		conf.limit[c] = min(conf.limit[c], announced)
	}
	p.Unsetenv(spawn.Variable) // it is not for what is run from here
	l := newLoop(conf, q, log, p.Now)
	l.home = p.Home
	l.inject = (&injector{proc: p, queue: q, conf: conf}).inject
	l.clean.out = pipes.out[toClean]
	for c, ch := range l.channels {
		ch.out = pipes.out[c]
	}
	l.listen(pipes, signals)
	l.run()
	return nil
}

// enterable tells whether chdir(2) would go into dir.
func enterable(dir string) bool {
	const search = 1 // X_OK
	fi, err := os.Stat(dir)
	return err == nil && fi.IsDir() && syscall.Access(dir, search) == nil
}

// openQueue finds out the queue's shape and makes sure that no other
// qmail-send is at work in it, for as long as mutex stays open.
func openQueue(root string) (q *queue.Queue, mutex *os.File, alert string) {
	if !enterable(root) {
		return nil, nil, noQueue
	}
	mutex, err := os.OpenFile(root+"/lock/sendmutex", os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, noMutex
	}
	if err = lock.TryExclusive(mutex); err != nil {
		mutex.Close()
		return nil, nil, isRunning
	}
	if q, err = queue.Open(root); err != nil {
		mutex.Close()
		return nil, nil, noSplit
	}
	return q, mutex, ""
}

// listen starts the goroutines that hear the other processes. They end when
// the loop has, and their descriptors are closed.
func (l *loop) listen(pipes *pipes, signals <-chan os.Signal) {
	for c := range send.Channels {
		go pipes.in[c].hear(func(b []byte) bool {
			return l.post(func() { l.heard(c, b) })
		})
	}
	go pipes.in[fromClean].hear(func(b []byte) bool {
		return l.post(func() { l.clean.heard(l, b) })
	})
	go func() {
		for {
			select {
			case s := <-signals:
				l.post(func() { l.signal(s) })
			case <-l.quit:
				return
			}
		}
	}()
	// Without the fifo the look at todo that is due anyway finds what is new.
	if t, err := trigger.Listen(l.queue.Root); err == nil {
		go l.hearTrigger(t)
	}
}

// hearTrigger hears qmail-queue.
func (l *loop) hearTrigger(t *trigger.Listener) {
	go func() {
		<-l.quit
		t.Close()
	}()
	for t.Wait() == nil && l.post(func() { l.todo.pulled = true }) {
	}
}

// signal does what qmail-send(8) promises for TERM, ALRM and HUP.
func (l *loop) signal(s os.Signal) {
	switch s {
	case syscall.SIGTERM:
		l.exiting = true
	case syscall.SIGALRM:
		l.runNow()
	case syscall.SIGHUP:
		l.reread()
	}
}
