//go:build !linux

package testhome

import (
	"errors"
	"syscall"
)

var errNoPrivate = errors.New("private mounts are a thing of Linux")

// PrivateAttr makes a child process that may call EnterPrivate.
func PrivateAttr() *syscall.SysProcAttr { return nil }

// NoPrivate says why this process cannot have private children, or nil.
func NoPrivate() error { return errNoPrivate }

// EnterPrivate puts a copy of the home dir over it, for this process and its
// children alone.
func EnterPrivate(string) error { return errNoPrivate }
