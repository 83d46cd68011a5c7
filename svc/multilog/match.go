package main

// match tells whether pattern describes all of line. A star stands for any
// bytes up to the first one that is the byte behind the star, or for all that
// is left if there is none behind it; every other byte for itself.
func match(pattern string, line []byte) bool {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '*' {
			if i+1 == len(pattern) {
				return true
			}
			for len(line) > 0 && line[0] != pattern[i+1] {
				line = line[1:]
			}
			if len(line) == 0 {
				return false
			}
			continue
		}
		if len(line) == 0 || line[0] != pattern[i] {
			return false
		}
		line = line[1:]
	}
	return len(line) == 0
}
