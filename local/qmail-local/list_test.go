package main

import (
	"path/filepath"
	"testing"

	"qmailkit/internal/clitest"
)

// The calls that the manual pages of ezmlm document. For the programs of a
// mailing list a shell stands in that does as ezmlm-send and ezmlm-return do:
// it hands mail to the queue on descriptors 0 and 1, from an address that each
// recipient's is to be put into, and takes the bounce apart by the variables
// of qmail-command(8).
func TestMailingList(t *testing.T) {
	home := filepath.Join(t.TempDir(), "h")
	q := clitest.NewQueue(t, 0)
	clitest.Files(t, home, map[string]string{
		".qmail-list":                "|./send\n|./after\n",
		".qmail-list-return-default": "|./return\n",
	})
	clitest.Script(t, filepath.Join(home, "send"),
		`{ printf '%s' "$DTLINE"; cat; } > mess
printf 'F%s-return-1-@%s-@[]\0Ta@b.c\0Td@e.f\0\0' "$LOCAL" "$HOST" > env
"$QMAILQUEUE" < mess 1< env`)
	clitest.Script(t, filepath.Join(home, "after"), `echo "$SENDER $RECIPIENT ${DEFAULT-none}"; head -n 1; exit 99`)
	clitest.Script(t, filepath.Join(home, "return"), `echo "$DEFAULT of $LOCAL at $HOST from <$SENDER>"; printf '%s' "$RPLINE$DTLINE"`)
	for _, c := range []struct{ local, ext, sender, out string }{
		{"joe-list", "list", "s@t", "s@t joe-list@h none\nS: x\ndid 0+0+2\n"},
		{"joe-list-return-1-a=b.c", "list-return-1-a=b.c", "",
			"1-a=b.c of joe-list-return-1-a=b.c at h from <>\nReturn-Path: <>\nDelivered-To: joe-list-return-1-a=b.c@h\ndid 0+0+1\n"},
	} {
		got := clitest.Run(t, "qmail-local", Run, clitest.World{
			Args: []string{"joe", home, c.local, "-", c.ext, "h", c.sender, "./Mailbox"}, Env: []string{q.Env()}, Input: "S: x\n\nb\n",
		})
		if got.Code != 0 || got.Stdout != c.out || got.Stderr != "" {
			t.Errorf("%s: %+v, want %q", c.local, got, c.out)
		}
	}
	if got := q.Envelope(t); got != "Fjoe-list-return-1-@h-@[]\x00Ta@b.c\x00Td@e.f\x00\x00" {
		t.Errorf("the envelope is %q", got)
	}
	if got := q.Message(t); got != "Delivered-To: joe-list@h\nS: x\n\nb\n" {
		t.Errorf("the message is %q", got)
	}
}
