package conformance

import (
	"fmt"
	"os"

	"qmailkit/internal/cmd"
	direct "qmailkit/internal/plain"
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
	p := &cmd.Proc{Env: os.Environ()}
	id := program.ID(file)
	pool := resident.Pool{Limit: 1 << 20}
	defer pool.Close()
	_, _, err = pool.Do(p, nil, id, []string{file, "-n", "x", "/", "x", "", "", "h", "s", "./Mailbox"}, -1)
	if err != nil {
		return 0, err
	}
	said, code, err := pool.Do(p, nil, id, append([]string{file}, args...), direct.FD(os.Stdin.Fd()))
	os.Stdout.Write(said)
	return code, err
}
