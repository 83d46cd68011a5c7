package conformance

import (
	"fmt"
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/program"
	"qmailkit/internal/resident"
)

const (
	stayingName = "qmail-local"

	// stayingWord has this process play qmail-lspawn.
	stayingWord = "have-it-stay"
)

// Peer plays the peer of a program that stays, when this process was started
// for that, and does not return then. A test's TestMain calls it first.
func Peer() {
	if len(os.Args) < 3 {
		return
	}
	code, err := 0, error(nil)
	switch os.Args[1] {
	case stayingWord:
		code, err = sent(os.Args[2], os.Args[3:])
	case listeningWord:
		err = listening(os.Args[2])
	default:
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, os.Args[1]+":", err)
		code = 126
	}
	os.Exit(code)
}

// sent plays qmail-lspawn for one delivery: the qmail-local in file is started
// for another job, stays, and is sent this one.
func sent(file string, args []string) (code int, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	p := &cmd.Proc{Env: os.Environ()}
	id := program.ID(file)
	var pool resident.Pool
	defer pool.Close()
	job, err := pool.Start(p, nil, id, []string{file, "-n", "x", "/", "x", "", "", "h", "s", "./Mailbox"}, null, null)
	if err == nil {
		_, err = job.Wait()
	}
	if err != nil {
		return 0, err
	}
	if job, err = pool.Start(p, nil, id, append([]string{file}, args...), os.Stdin, os.Stdout); err != nil {
		return 0, err
	}
	return job.Wait()
}
