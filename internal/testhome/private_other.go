//go:build !linux

package testhome

import (
	"errors"
	"syscall"
)

var errNoPrivate = errors.New("private mounts are a thing of Linux")

// PrivateAttr makes a child process that may call Enter and Mount.
func PrivateAttr() *syscall.SysProcAttr { return nil }

// NoPrivate says why this process cannot have private children, or nil.
func NoPrivate() error { return errNoPrivate }

// Enter gives a process that PrivateAttr made its network.
func Enter() error { return errNoPrivate }

// Mount puts a copy of the home dir, in memory, over it, for this process and
// its children alone. Unmount takes it away.
func (c Copy) Mount(string) error { return errNoPrivate }

// Unmount undoes Mount, or MountFile.
func Unmount(string) error { return errNoPrivate }

// MountFile puts file over the file at.
func MountFile(string, string) error { return errNoPrivate }
