package ids

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	home := Of(t.TempDir() + "/none")
	special, err := home.Users(Alias, Daemon, Send)
	var unknown *Unknown
	if errors.As(err, &unknown) {
		if _, err := home.Origins(); err == nil || !strings.HasPrefix(err.Error(), "unable to find user ") {
			t.Errorf("without qmail's users: %v", err)
		}
		t.Skip("this machine has not got qmail's users")
	}
	if err != nil {
		t.Fatal(err)
	}
	o, err := home.Origins()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"by alias", "from network", "for bounce"} {
		if got := o.Of(special[i]); got != want || !o.Special(special[i]) {
			t.Errorf("%d: %q", special[i], got)
		}
	}
	if got := o.Of(4000000000); got != "by uid 4000000000" || o.Special(4000000000) {
		t.Error(got)
	}
}

// In a single-user home all are one user, and none is special.
func TestOriginsSingle(t *testing.T) {
	o, err := (&Home{Single: true}).Origins()
	if err != nil || o.Special(uint32(os.Getuid())) || !strings.HasPrefix(o.Of(7), "by uid 7") {
		t.Errorf("%v", err)
	}
}
