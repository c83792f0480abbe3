// SPDX-License-Identifier: Apache-2.0
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;

/**
 * Says what java.util.Properties makes of random files, a JSON object a line: the file, and its entries or that it is
 * malformed. Files with half a surrogate pair are left out, since UTF-8 has no such text.
 *
 * java PropertiesOracle.java COUNT SEED > properties.jsonl
 */
class PropertiesOracle {
    private static final String[] PIECES = {
        "a", "k", "v", "=", ":", " ", "  ", "\t", "\f", "\\", "\\\\", "\n", "\r", "\r\n", "\\\n", "\\\r", "\\\r\n", "#",
        "!", "\\u0041", "\\ud83d\\ude00", "\\u00", "\\u00e9", "\\u0020", "\\u000a", "\u00e9", "\u0301", "\u2028",
        "\u0085", "\u000b", "\u00a0", "\ud83d\ude00", "\\n", "\\t", "\\r", "\\f", "\\:", "\\=", "\\ ", "\\#", "\\q",
    };

    public static void main(String[] arguments) {
        Random random = new Random(Long.parseLong(arguments[1]));
        for (int left = Integer.parseInt(arguments[0]); left > 0; ) {
            StringBuilder text = new StringBuilder();
            for (int piece = random.nextInt(16); piece > 0; piece--) text.append(PIECES[random.nextInt(PIECES.length)]);
            String line = line(text.toString());
            if (line == null) continue;
            System.out.println(line);
            left--;
        }
    }

    private static String line(String text) {
        List<String> entries = new ArrayList<>();
        boolean[] isWhole = {true};
        Properties properties = new Properties() {
            @Override
            public synchronized Object put(Object key, Object value) {
                isWhole[0] &= isWhole((String) key) && isWhole((String) value);
                entries.add("[" + json((String) key) + "," + json((String) value) + "]");
                return null;
            }
        };
        String result;
        try {
            properties.load(new StringReader(text));
            result = "[" + String.join(",", entries) + "]";
        } catch (IllegalArgumentException malformed) {
            result = "null";
        } catch (java.io.IOException impossible) {
            throw new AssertionError(impossible);
        }
        return isWhole[0] ? "{\"text\":" + json(text) + ",\"entries\":" + result + "}" : null;
    }

    private static boolean isWhole(String text) {
        return text.codePoints().noneMatch(point -> point >= 0xD800 && point <= 0xDFFF);
    }

    private static String json(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char unit : text.toCharArray()) {
            boolean isPlain = unit >= ' ' && unit < 127 && unit != '"' && unit != '\\';
            json.append(isPlain ? String.valueOf(unit) : String.format("\\u%04x", (int) unit));
        }
        return json.append('"').toString();
    }
}
