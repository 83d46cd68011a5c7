package send

// skip is what a channel adds to the square root of a message's age: the
// larger, the rarer its tries.
var skip = [Channels]int64{Local: 10, Remote: 20}

// NextTry returns when a message that entered the queue at birth is tried next
// on a channel, after a try now; all in seconds since 1970. The tries lie on a
// parabola: the older a message is, the longer it rests.
func NextTry(birth, now int64, c Channel) int64 {
	n := skip[c]
	if now > birth {
		n += squareRoot(now - birth)
	}
	return birth + n*n
}

// squareRoot returns the largest y whose square is at most x, which must not
// be negative.
func squareRoot(x int64) int64 {
	y := int64(0)
	for bit := int64(1) << 31; bit > 0; bit >>= 1 {
		if t := y + bit; t <= x/t {
			y = t
		}
	}
	return y
}
