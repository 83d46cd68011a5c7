package main

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

const (
	alias    = "alias:x:9:9::/a:\n"
	aliasOut = "+:alias:9:9:/a:-::\n=alias:alias:9:9:/a:::\n+alias-:alias:9:9:/a:-::\n"
	joe      = "joe:x:501:100:Joe:/j:/bin/sh\n"
	joeOut   = "=joe:joe:501:100:/j:::\n+joe-:joe:501:100:/j:-::\n"
)

func TestAssignments(t *testing.T) {
	for _, c := range []struct {
		args  []string
		files map[string]string
		input string
		want  string
	}{
		{[]string{"-H"}, nil, alias + joe, aliasOut + joeOut + ".\n"},
		{[]string{"-H"}, nil, strings.TrimSuffix(alias+joe, "\n"), aliasOut + joeOut + ".\n"},
		{[]string{"-H"}, nil, alias + "root:x:0:0::/:\nJim:x:1:1::/:\nshort:x:1:1:/:\nnul\x00:x:1:1::/:\n", aliasOut + ".\n"},
		{[]string{"-Hu"}, nil, alias + "Jim:x:01:1::/:\n", aliasOut + "=Jim:Jim:01:1:/:::\n+Jim-:Jim:01:1:/:-::\n.\n"},
		{[]string{"-HC"}, nil, alias + joe, "+:alias:9:9:/a:-::\n=alias:alias:9:9:/a:::\n=joe:joe:501:100:/j:::\n.\n"},
		{[]string{"-H/c+"}, nil, alias, "+:alias:9:9:/a:-/::\n=alias:alias:9:9:/a:::\n+alias+:alias:9:9:/a:-/::\n.\n"},
		{[]string{"-H"}, map[string]string{"users/exclude": "JOE"}, alias + joe, aliasOut + ".\n"},
		{[]string{"-H"}, map[string]string{"users/include": "alias"}, alias + joe, aliasOut + ".\n"},
		{[]string{"-H"}, map[string]string{"users/mailnames": "joe::a::b:\nalias:"}, alias + joe,
			"+:alias:9:9:/a:-::\n=a:joe:501:100:/j:::\n+a-:joe:501:100:/j:-::\n=b:joe:501:100:/j:::\n+b-:joe:501:100:/j:-::\n.\n"},
		{[]string{"-H"}, map[string]string{"users/subusers": "s:Joe:p:\nno\nt:joe::", "users/append": "=x:y"}, alias + joe,
			aliasOut + joeOut + "=s:joe:501:100:/j:-:p:\n+s-:joe:501:100:/j:-:p-:\n=t:joe:501:100:/j:-::\n+t-:joe:501:100:/j:-:-:\n=x:y\n.\n"},
	} {
		home := t.TempDir()
		clitest.Files(t, home, c.files)
		got := clitest.Run(t, "qmail-pw2u", Run, clitest.World{Args: c.args, Home: home, Input: c.input})
		if got != (clitest.Result{Stdout: c.want}) {
			t.Errorf("%q %q: %+v", c.args, c.input, got)
		}
	}
}

func TestHomes(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"a/": "", "j/": ""})
	uid := os.Getuid()
	if uid == 0 {
		uid = 54321
	}
	if err := os.Chown(home+"/a", uid, -1); err != nil {
		t.Fatal(err)
	}
	id := strconv.Itoa(uid)
	input := "alias:x:" + id + ":9::" + home + "/a:\nrel:x:" + id + ":9::a:\nother:x:1" + id + ":9::" + home + "/j:\nempty:x:" + id + ":9:::\n"
	want := "+:alias:ID:9:HOME/a:-::\n=alias:alias:ID:9:HOME/a:::\n+alias-:alias:ID:9:HOME/a:-::\n=rel:rel:ID:9:a:::\n+rel-:rel:ID:9:a:-::\n.\n"
	want = strings.NewReplacer("ID", id, "HOME", home).Replace(want)
	for _, option := range []string{"-o", "-ho", "-Ho"} {
		if got := clitest.Run(t, "qmail-pw2u", Run, clitest.World{Args: []string{option}, Home: home, Input: input}); got != (clitest.Result{Stdout: want}) {
			t.Errorf("%s: %+v", option, got)
		}
	}
	got := clitest.Run(t, "qmail-pw2u", Run, clitest.World{Args: []string{"-h"}, Home: home, Input: alias})
	if got.Code != 111 || got.Stderr != "qmail-pw2u: fatal: unable to stat /a\n" {
		t.Errorf("%+v", got)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		args   []string
		files  map[string]string
		input  string
		code   int
		stderr string
	}{
		{[]string{"-H"}, nil, joe, 111, "qmail-pw2u: fatal: " + errAlias + "\n"},
		{[]string{"-x"}, nil, joe, 100, "qmail-pw2u: illegal option -- x\n"},
		{[]string{"-c"}, nil, joe, 100, "qmail-pw2u: option requires an argument -- c\n"},
		{[]string{"-H"}, map[string]string{"users/include/": ""}, alias, 111, "qmail-pw2u: fatal: " + errControl + "\n"},
		{[]string{"-H"}, map[string]string{"users/append/": ""}, alias, 111, "qmail-pw2u: fatal: " + errRead + "\n"},
		{[]string{"-H"}, map[string]string{"users/subusers": "s:no:p:\n"}, alias, 111, "qmail-pw2u: fatal: unable to find no user for subuser\n"},
		{[]string{"-H"}, nil, strings.Repeat("x", maxLine+1), 111, "qmail-pw2u: fatal: " + errRead + "\n"},
	} {
		home := t.TempDir()
		clitest.Files(t, home, c.files)
		got := clitest.Run(t, "qmail-pw2u", Run, clitest.World{Args: c.args, Home: home, Input: c.input})
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}

func TestFullDisk(t *testing.T) {
	got := clitest.Run(t, "qmail-pw2u", Run, clitest.World{Args: []string{"-H"}, Home: t.TempDir(), Input: alias, Stdout: clitest.Full(t)})
	if got.Code != 111 || got.Stderr != "qmail-pw2u: fatal: "+errWrite+"\n" {
		t.Errorf("%+v", got)
	}
}
