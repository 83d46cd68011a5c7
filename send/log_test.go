package send

import "testing"

func TestSafe(t *testing.T) {
	for in, want := range map[string]string{
		"":               "",
		"a b@c":          "a_b@c",
		"x\ny\n":         "x/y/",
		"100%":           "100_",
		"\x00\t\x1f\x7f": "____",
		"\xe4\xff":       "__",
		"~!/_\"\\<>":     "~!/_\"\\<>",
	} {
		if got := Safe(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	for got, want := range map[string]string{
		LogNew(100):                                        "new msg 100\n",
		LogInfo(100, 15, "a b@c", 999, 1<<64-1):            "info msg 100: bytes 15 from <a_b@c> qp 999 uid 18446744073709551615\n",
		LogStarting(7, 100, Local, "u\n@h"):                "starting delivery 7: msg 100 to local u/@h\n",
		LogStarting(8, 1<<40, Remote, ""):                  "starting delivery 8: msg 1099511627776 to remote \n",
		LogStatus([Channels]Load{{1, 10}, {2, 20}}, false): "status: local 1/10 remote 2/20\n",
		LogStatus([Channels]Load{}, true):                  "status: local 0/0 remote 0/0 exitasap\n",
		LogDelivery(7, Report{0, Success, "ok\n"}):         "delivery 7: success: ok/\n",
		LogDelivery(7, Report{0, Defer, "no way"}):         "delivery 7: deferral: no_way\n",
		LogDelivery(7, Report{0, Failure, ""}):             "delivery 7: failure: \n",
		LogDelivery(7, Report{0, 'Q', "x"}):                "delivery 7: report mangled, will defer\n",
		LogBounce(100, 4242):                               "bounce msg 100 qp 4242\n",
		LogEnd(100):                                        "end msg 100\n",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
