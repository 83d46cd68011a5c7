package send

import "testing"

func TestNextTry(t *testing.T) {
	for _, c := range []struct {
		age           int64
		local, remote int64 // after birth
	}{
		{-5, 100, 400}, // the clock went back
		{0, 100, 400},
		{1, 121, 441},
		{100, 400, 900},
		{105, 400, 900},
		{400, 900, 1600},
		{10010, 12100, 14400},
		{400010, 412164, 425104},
		{603800, 619369, 635209},
		{1 << 40, (1<<20 + 10) * (1<<20 + 10), (1<<20 + 20) * (1<<20 + 20)},
	} {
		const birth = 1 << 33 // after 2038, and 2106
		if got := NextTry(birth, birth+c.age, Local); got != birth+c.local {
			t.Errorf("%d: local %d, want %d", c.age, got-birth, c.local)
		}
		if got := NextTry(birth, birth+c.age, Remote); got != birth+c.remote {
			t.Errorf("%d: remote %d, want %d", c.age, got-birth, c.remote)
		}
	}
}

func TestSquareRoot(t *testing.T) {
	values := []int64{1<<62 - 1, 1 << 62, 1<<63 - 1, 3037000499 * 3037000499, 3037000499*3037000499 - 1}
	for x := range int64(70000) {
		values = append(values, x)
	}
	for _, x := range values {
		y := squareRoot(x)
		if y < 0 || y > 0 && y > x/y || y+1 <= x/(y+1) {
			t.Fatalf("squareRoot(%d) = %d", x, y)
		}
	}
}
