package unixcrypt

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"math/bits"
	"strings"
)

// yescrypt 1.0 as crypt(3) uses it: read-write, S-boxes of 12 KB, one thread,
// no table beside the hash. The default of Linux distributions since 2021.
const (
	yescryptPrefix = "$y$"
	yescryptFlavor = 'j' // read-write and the usual parameters of pwxform

	maxLog2     = 24
	maxCost     = 256 << 20 // bytes of memory
	prehashCost = 1 << 17   // N*r from which the password is hashed cheaply first
)

var errYescrypt = errors.New("bad yescrypt hash")

// yescrypt returns what crypt(3) does for password with the setting, which may
// be a whole hash.
func yescrypt(password, setting string) (string, error) {
	parts := strings.SplitN(setting, "$", 5) // "", y, parameters, salt, hash
	if len(parts) < 4 || len(parts[2]) < 3 || parts[2][0] != yescryptFlavor {
		return "", errYescrypt
	}
	log2, rest, ok := number(parts[2][1:], 1)
	r, rest, ok2 := number(rest, 1)
	if !ok || !ok2 || rest != "" || log2 < 1 || log2 > maxLog2 || r > maxCost/128 {
		return "", errYescrypt
	}
	n := 1 << log2
	salt, ok := decode(parts[3])
	if !ok || len(salt) > 64 || n < 4 || n*int(r) > maxCost/128 {
		return "", errYescrypt
	}
	key := []byte(password)
	var err error
	if n >= 0x100 && n*int(r) >= prehashCost {
		if key, err = derive("yescrypt-prehash", key, salt, n>>6, int(r)); err != nil {
			return "", err
		}
	}
	if key, err = derive("yescrypt", key, salt, n, int(r)); err != nil {
		return "", err
	}
	key = mac(key, []byte("Client Key"))
	sum := sha256.Sum256(key)
	return yescryptPrefix + parts[2] + "$" + parts[3] + "$" + encode(sum[:]), nil
}

// derive makes 32 bytes of a key and a salt by N blocks of 128*r bytes.
func derive(label string, key, salt []byte, n, r int) ([]byte, error) {
	key = mac([]byte(label), key)
	b, err := pbkdf2.Key(sha256.New, string(key), salt, 1, 128*r)
	if err != nil {
		return nil, err
	}
	key = append([]byte{}, b[:32]...)
	key = mix(b, key, n, r)
	return pbkdf2.Key(sha256.New, string(key), b, 1, 32)
}

func mac(key, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return h.Sum(nil)
}

// mix fills the memory and reads it in an order that depends on b, which it
// replaces. It returns the key for what comes after.
func mix(b, key []byte, n, r int) []byte {
	box := newSBox(b[:128])
	key = mac(b[len(b)-64:], key)
	x := load(b)
	row := len(x)
	v := make([]uint64, n*row)
	for i := range n {
		copy(v[i*row:], x)
		if i > 1 {
			power := 1 << (bits.Len(uint(i)) - 1)
			j := int(last(x)&uint64(power-1)) + i - power
			xor(x, v[j*row:])
		}
		box.mix(x)
	}
	loops := (n + 2) / 3
	for range loops + loops&1 {
		j := int(last(x) & uint64(n-1))
		at := v[j*row : (j+1)*row]
		xor(x, at)
		copy(at, x)
		box.mix(x)
	}
	store(b, x)
	return key
}

// last is the number that says which block comes next: words 0 and 1 of the
// last 64 bytes, which stand in places 0 and 13.
func last(x []uint64) uint64 {
	tail := x[len(x)-8:]
	return tail[6]&0xffffffff00000000 | tail[0]&0xffffffff
}

func xor(x, y []uint64) {
	for i := range x {
		x[i] ^= y[i]
	}
}

// alphabet is that of crypt(3)'s hashes; six bits a character, the least
// significant first.
const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func encode(b []byte) string {
	var out []byte
	for len(b) > 0 {
		n := min(len(b), 3)
		value := uint32(0)
		for i := range n {
			value |= uint32(b[i]) << (8 * i)
		}
		for range (8*n + 5) / 6 {
			out = append(out, alphabet[value&63])
			value >>= 6
		}
		b = b[n:]
	}
	return string(out)
}

func decode(s string) (out []byte, ok bool) {
	for len(s) > 0 {
		n := min(len(s), 4)
		value := uint32(0)
		for i := range n {
			digit := strings.IndexByte(alphabet, s[i])
			if digit < 0 {
				return nil, false
			}
			value |= uint32(digit) << (6 * i)
		}
		if n == 1 || value>>(6*n/8*8) != 0 {
			return nil, false
		}
		for range 6 * n / 8 {
			out = append(out, byte(value))
			value >>= 8
		}
		s = s[n:]
	}
	return out, true
}

// number reads a parameter of at least least: one character for small ones,
// more for others, the first of which says how many.
func number(s string, least uint32) (n uint32, rest string, ok bool) {
	if s == "" {
		return 0, "", false
	}
	c := strings.IndexByte(alphabet, s[0])
	if c < 0 {
		return 0, "", false
	}
	start, end, chars, shift := uint32(0), uint32(47), 1, uint32(0)
	n = least
	for uint32(c) > end {
		n += (end + 1 - start) << shift
		start = end + 1
		end = start + (62-end)/2
		chars++
		shift += 6
	}
	if chars > 5 || len(s) < chars {
		return 0, "", false
	}
	n += (uint32(c) - start) << shift
	for i := 1; i < chars; i++ {
		digit := strings.IndexByte(alphabet, s[i])
		if digit < 0 {
			return 0, "", false
		}
		shift -= 6
		n += uint32(digit) << shift
	}
	return n, s[chars:], true
}
