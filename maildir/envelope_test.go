package maildir

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadEnvelope(t *testing.T) {
	const start = "Return-Path: <a@b>\nDelivered-To: c@d\n"
	for _, c := range []struct {
		in   string
		want Envelope
		ok   bool
	}{
		{start + "Subject: x\n", Envelope{"a@b", "c@d", int64(len(start))}, true},
		{"Return-Path: <>\nDelivered-To: \n", Envelope{"", "", 31}, true},
		{"Return-Path: <a>b>\nDelivered-To: c\n", Envelope{"a>b", "c", 35}, true},
		{"", Envelope{}, false},
		{"Return-Path: <a@b>\nDelivered-To: c@d", Envelope{}, false},
		{"Return-Path: a@b\nDelivered-To: c@d\n", Envelope{}, false},
		{"Delivered-To: c@d\nReturn-Path: <a@b>\n", Envelope{}, false},
		{"Return-Path: <a\x00b>\nDelivered-To: c@d\n", Envelope{}, false},
		{"Return-Path: <a>\nDelivered-To: c\rd\n", Envelope{}, false},
		{"Return-Path: <" + strings.Repeat("a", 1<<20) + ">\nDelivered-To: c\n", Envelope{}, false},
	} {
		got, ok, err := ReadEnvelope(bufio.NewReader(strings.NewReader(c.in)))
		if ok != c.ok || err != nil || ok && got != c.want {
			t.Errorf("%.40q: %+v %v %v", c.in, got, ok, err)
		}
	}
	for in, want := range map[string]string{start: "c@d", "\nDelivered-To: c\x00d\n": "c\x00d", "x\nDelivered-To: c": "", "Delivered-To: c\nx\n": "", "x\n": "", "": ""} {
		if got, ok, err := ReadRecipient(bufio.NewReader(strings.NewReader(in))); got != want || ok != (want != "") || err != nil {
			t.Errorf("%q: %q %v %v", in, got, ok, err)
		}
	}
	broken := errors.New("broken")
	r := io.MultiReader(strings.NewReader("Return-Path: <a>\n"), iotest.ErrReader(broken))
	if _, ok, err := ReadEnvelope(bufio.NewReader(r)); ok || err != broken {
		t.Error(ok, err)
	}
}

func FuzzReadEnvelope(f *testing.F) {
	f.Add("Return-Path: <a@b>\nDelivered-To: c@d\nbody")
	f.Add("Return-Path: <>\nDelivered-To: \r\n")
	f.Fuzz(func(t *testing.T, message string) {
		e, ok, err := ReadEnvelope(bufio.NewReader(strings.NewReader(message)))
		if err != nil || ok && !strings.HasPrefix(message, "Return-Path: <"+e.Sender+">\nDelivered-To: "+e.Recipient+"\n") {
			t.Errorf("%q: %+v %v", message, e, err)
		}
	})
}
