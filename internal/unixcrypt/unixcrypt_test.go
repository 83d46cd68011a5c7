package unixcrypt

import (
	"os/exec"
	"strings"
	"testing"
)

// What crypt(3) of libxcrypt 4.4 makes of passwords.
var hashes = []struct{ password, hash string }{
	{"secret", "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$GmcwIgvdUC9qLWcKCi6gklUa1dM3ziD43YxYNURLKy0"},
	{"", "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$5P1uc1zvKhieqEtKttbwCQrTPXpY1cK9wEnTDKAqLD8"},
	{strings.Repeat("x", 100), "$y$j85$/./$4/uEJ07pQ7xOZwg6CfYioSbIw.x5xCaO0toDqewEre5"},
	{"secret", "$y$jD5$salt$ENGdHnFgQCqF.FsaCF6ZA6ABXvMT8jCNiU3XtiDRqi2"},
	{"secret", "$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG."},
	{"secret", "$6$rounds=1000$saltsalt$LAV5VE5Y7w1d73x1mFNspYWUpazfmwv2SoepNXNKJ/otop/Zok96Hr8Q13LEv0DRY/x8v0/crpIjl8NJSAqXV/"},
	{"secret", "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM."},
	{"secret", "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1"},
	{"secret", "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"},
	{"secret", "$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"},
	{strings.Repeat("y", 80), "$2a$05$abcdefghijklmnopqrstuu7a0rSGTeOoXVYK5DhvpMYGhUA70z8VG"},
}

func TestMatch(t *testing.T) {
	for _, c := range hashes {
		if ok, err := Match(c.password, c.hash); !ok || err != nil {
			t.Errorf("%s: %v, %v", c.hash, ok, err)
		}
		if ok, err := Match("x"+c.password[:min(len(c.password), 50)], c.hash); ok || err != nil {
			t.Errorf("%s fits another password, %v", c.hash, err)
		}
		if ok, _ := Match(c.password, c.hash[:len(c.hash)-1]); ok {
			t.Errorf("%s may be cut", c.hash)
		}
		if ok, _ := Match(c.password+"\x00", c.hash); ok {
			t.Errorf("%s fits a password with a NUL", c.hash)
		}
	}
}

func TestNothingFits(t *testing.T) {
	for _, stored := range []string{"", "*", "!", "!!", "!" + hashes[4].hash, "*LK*"} {
		for _, password := range []string{"", "secret", stored} {
			if ok, err := Match(password, stored); ok || err != nil {
				t.Errorf("%q, %q: %v, %v", password, stored, ok, err)
			}
		}
	}
	for _, stored := range []string{"x", "plain", "ab1234567890.", "$3$x", "$y$", "$y$j9T", "$y$k9T$salt$", "$y$jzT$salt$", "$y$j9Tx$salt$", "$y$j9T$s$", "$y$j!T$salt$", "$y$jz9T$salt$", "$2x", "$6$"} {
		if ok, err := Match(stored, stored); ok || err == nil {
			t.Errorf("%q: %v, %v", stored, ok, err)
		}
	}
}

// Hashes by DES are named, so that nobody looks for another fault.
func TestDES(t *testing.T) {
	for stored, want := range map[string]error{
		"ab1234567890.": ErrDES, "_J9..rasmBYk8r9AiWNc": ErrDES, "ab12345678901": ErrDES, "ab1234567890": ErrMethod, "ab123456789,.": ErrMethod, "_J9..rasm": ErrMethod,
	} {
		if ok, err := Match("rasmuslerdorf", stored); ok || err != want {
			t.Errorf("%s: %v, %v", stored, ok, err)
		}
	}
}

func FuzzSetting(f *testing.F) {
	f.Add("$y$j75$salt$x")
	f.Add("$y$jz9T$./$")
	f.Add("$y$j//$$")
	f.Fuzz(func(t *testing.T, stored string) {
		if len(stored) > 3 && strings.HasPrefix(stored, "$y$") {
			if log2, _, ok := number(stored[min(4, len(stored)):], 1); ok && log2 > 10 {
				return // right, and slow
			}
			if hash, err := yescrypt("x", stored); err == nil && !strings.HasPrefix(hash, "$y$j") {
				t.Errorf("%q makes %q", stored, hash)
			}
		}
		decode(stored)
	})
}

func FuzzCoding(f *testing.F) {
	f.Add([]byte("salt"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, ok := decode(encode(b)); !ok || string(got) != string(b) {
			t.Errorf("%q, %v", got, ok)
		}
	})
}

func BenchmarkYescrypt(b *testing.B) {
	for b.Loop() {
		yescrypt("secret", hashes[0].hash)
	}
}

// What this system's mkpasswd makes of a password fits it, by every method.
func TestMkpasswd(t *testing.T) {
	mkpasswd, err := exec.LookPath("mkpasswd")
	if err != nil {
		t.Skip("mkpasswd is not installed (it comes with whois)")
	}
	for _, method := range []string{"yescrypt", "sha512crypt", "sha256crypt", "bcrypt", "md5crypt"} {
		for _, password := range []string{"secret", "a", strings.Repeat("long ", 20)} {
			args := []string{"-s", "-m", method}
			if method == "bcrypt" || method == "yescrypt" {
				args = append(args, "-R", "5") // cheaply
			}
			cmd := exec.Command(mkpasswd, args...)
			cmd.Stdin = strings.NewReader(password)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v", method, err)
			}
			hash := strings.TrimSpace(string(out))
			if ok, err := Match(password, hash); !ok || err != nil {
				t.Errorf("%s %q: %s: %v", method, password, hash, err)
			}
			if ok, _ := Match("x"+password[:min(len(password), 60)], hash); ok {
				t.Errorf("%s: another password fits", method)
			}
		}
	}
}
