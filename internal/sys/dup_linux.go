package sys

import "golang.org/x/sys/unix"

// dup2 goes through dup3: newer Linux ports have no dup2.
func dup2(from, to int) error {
	if from == to {
		return nil
	}
	return unix.Dup3(from, to, 0)
}
