package main

import (
	"context"
	"errors"
	"os/exec"

	"qmailkit/internal/cmd"
)

// getpw is the program that qmail-lspawn asks.
const getpw = "bin/qmail-getpw"

// maxAnswer bounds what it may say, in bytes.
const maxAnswer = 64 << 10

var errAnswer = errors.New("qmail-getpw says too much")

// askGetpw returns what qmail-getpw says of box. Any exit code but 0 leaves
// the matter open.
func askGetpw(p *cmd.Proc, box string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, p.InHome(getpw), box)
	c.Dir, c.Env, c.Stderr = p.Home, p.Env, p.Stderr
	c.WaitDelay = patience
	var answer limited
	c.Stdout = &answer
	if err := c.Run(); err != nil {
		return nil, err
	}
	return answer.text, nil
}

// limited is a buffer that does not take more than maxAnswer.
type limited struct{ text []byte }

func (l *limited) Write(b []byte) (int, error) {
	if len(l.text)+len(b) > maxAnswer {
		return 0, errAnswer
	}
	l.text = append(l.text, b...)
	return len(b), nil
}
