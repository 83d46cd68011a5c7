package analog

import "testing"

func TestParseEvent(t *testing.T) {
	for line, want := range map[string]Event{
		"1.5 new msg 7": {Kind: New, Stamp: "1.5", Message: 7},
		"1.5 info msg 7: bytes 10 from <A@b> qp 3 uid 4":   {Kind: Info, Stamp: "1.5", Message: 7, Bytes: 10, Sender: "<A@b>", QP: 3, UID: 4},
		"1.5 starting delivery 2: msg 7 to remote J@h":     {Kind: Starting, Stamp: "1.5", Message: 7, Delivery: 2, Channel: "remote", Recipient: "J@h"},
		"1.5 delivery 2: success: did_1+0+0/":              {Kind: Delivered, Stamp: "1.5", Delivery: 2, Result: 'k', Reason: "did_1+0+0/"},
		"1.5 delivery 2: failure: no":                      {Kind: Delivered, Stamp: "1.5", Delivery: 2, Result: 'd', Reason: "no"},
		"1.5 delivery 2: deferral: later":                  {Kind: Delivered, Stamp: "1.5", Delivery: 2, Result: 'z', Reason: "later"},
		"1.5 delivery 2: report mangled, will defer":       {Kind: Delivered, Stamp: "1.5", Delivery: 2, Result: 'z', Reason: "report_mangled"},
		"1.5 delivery 2: odd":                              {Kind: Delivered, Stamp: "1.5", Delivery: 2},
		"1.5 status: local 1/10 remote 2/20 exitasap":      {Kind: Status, Stamp: "1.5", Local: Load{1, 10}, Remote: Load{2, 20}},
		"1.5 status: exiting":                              {Kind: Status, Stamp: "1.5"},
		"1.5 bounce msg 7 qp 9":                            {Kind: Bounce, Stamp: "1.5", Message: 7, QP: 9},
		"1.5 end msg 7":                                    {Kind: End, Stamp: "1.5", Message: 7},
		"1.5 running":                                      {Kind: Running, Stamp: "1.5"},
		"1.5 extra 7 1 2 3":                                {Kind: Extra, Stamp: "1.5", Message: 7, Successes: 1, Deferrals: 2, Failures: 3},
		"1.5 warning: trouble fsyncing mess/1/2":           {Kind: Warning, Stamp: "1.5"},
		"1.5 alert: cannot start: qmail-send is already r": {Kind: Alert, Stamp: "1.5"},
		"1.5 number of messages":                           {Kind: Aside, Stamp: "1.5"},
		"1.5 tcpserver: status: 1/40":                      {Stamp: "1.5"},
		"":                                                 {},
	} {
		if got := ParseEvent(line); got != want {
			t.Errorf("%q: %+v, want %+v", line, got, want)
		}
	}
}
