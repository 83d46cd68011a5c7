package testhome

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// PrivateAttr makes a child process that may call Enter and Mount. Its
// loopback network is its own too, so that fixed ports never clash.
func PrivateAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
}

// NoPrivate says why this process cannot have private children, or nil.
func NoPrivate() error {
	if os.Geteuid() != 0 {
		return errors.New("needs root")
	}
	cmd := exec.Command("true")
	cmd.SysProcAttr = PrivateAttr()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("no private mounts here: %w", err)
	}
	return nil
}

// Enter gives a process that PrivateAttr made its network.
func Enter() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr)
}

// Mount puts a copy of the home dir, in memory, over it, for this process and
// its children alone. Unmount takes it away.
func (c Copy) Mount(dir string) error {
	stage, err := os.MkdirTemp("/tmp", "qmailkit-stage.")
	if err != nil {
		return err
	}
	defer os.Remove(stage)
	if err := unix.Mount("tmpfs", stage, "tmpfs", 0, "mode=0755"); err != nil {
		return fmt.Errorf("mount a tmpfs: %w", err)
	}
	defer unix.Unmount(stage, unix.MNT_DETACH)
	if err := CopyTree(dir, stage, func(rel string) bool { return filepath.Dir(rel) == "bin" }); err != nil {
		return err
	}
	if err := c.own(stage); err != nil {
		return err
	}
	bin := filepath.Join(stage, "bin")
	if !c.plain() {
		bin = filepath.Join(stage, programsFolder)
		if err := os.Mkdir(bin, 0o755); err != nil {
			return err
		}
	}
	if err := unix.Mount(filepath.Join(dir, "bin"), bin, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount bin: %w", err)
	}
	if !c.plain() {
		if err := c.mix(bin, filepath.Join(stage, "bin")); err != nil {
			return err
		}
	}
	if err := unix.Mount(stage, dir, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount over %s: %w", dir, err)
	}
	return nil
}

// Unmount undoes Mount, or MountFile.
func Unmount(dir string) error { return unix.Unmount(dir, unix.MNT_DETACH) }

// MountFile puts file over the file at.
func MountFile(file, at string) error { return unix.Mount(file, at, "", unix.MS_BIND, "") }
