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

// Spawner plays qmail-lspawn, when this process was started for it, for one
// delivery: a qmail-local that stays is started for another job, and then sent
// this one. It does not return then. A test's TestMain calls it first.
func Spawner() {
	if len(os.Args) < 3 || os.Args[1] != stayingWord {
		return
	}
	code, err := sent(os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "spawner:", err)
		code = 126
	}
	os.Exit(code)
}

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
