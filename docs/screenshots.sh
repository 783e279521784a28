#!/usr/bin/env bash
# Makes the pictures of two notes in docs/ from the golden files of escalation/note: phone and desktop, light and dark.
# Needs chromium and ImageMagick (Debian: apt-get install --no-install-recommends chromium imagemagick fonts-noto-cjk).
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shoot NOTE SCREEN WIDTH LIGHT|DARK: one picture, as high as the note is, with few colours.
shoot() {
	local page="$PWD/escalation/note/testdata/$1.golden.html" out="docs/note-$1-$2-$4.png" scheme=1 box height
	[ "$4" = dark ] && scheme=0
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
		--blink-settings=preferredColorScheme=$scheme --window-size="$3,3600" --screenshot="$work/page.png" "file://$page" 2>/dev/null
	box=$(convert "$work/page.png" -format '%@' info:) # what is not background: WIDTHxHEIGHT+X+Y
	height=${box#*x}
	height=$((${height%%+*} + ${box##*+} + 16))
	convert "$work/page.png" -crop "$3x$height+0+0" +repage -strip +dither -colors 80 "PNG8:$out"
	echo "$out"
}

# The first screen of a phone, for the README.
first_screen() {
	convert "docs/note-$1-phone-light.png" -crop 360x660+0+0 +repage -strip "PNG8:docs/note-first-screen.png"
	echo docs/note-first-screen.png
}

for note in damaged-appliance wrong-shoes-zh; do
	for look in light dark; do
		shoot "$note" phone 360 "$look"
		shoot "$note" desktop 760 "$look"
	done
done
first_screen damaged-appliance
