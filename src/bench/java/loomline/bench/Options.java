package loomline.bench;

import java.util.ArrayList;
import java.util.List;

/** What the command line asks for. */
record Options(
        List<String> scenarios, List<String> peers, int rounds, double seconds, boolean pin, List<String> compare,
        String action, String out) {
    static final String USAGE = """
            mvn -q -Pbench                     the short form
            mvn -q -Pbench -Dargs="..."        with
              --full                           every scenario, 9 rounds of 2 s
              --scenarios a,b   --peers a,b    only these
              --rounds N        --seconds S    of each, and how long
              --pin                            the server on core 0, the load on core 1
              --out NAME                       target/bench/NAME.json, .md and .svg; else "results"
              --compare A.json B.json          what has become worse from A to B, beyond noise
              --selfcheck                      servers that corrupt must fail
              --list                           scenarios and peers""";

    static Options parse(String[] words) {
        List<String> scenarios = Scenario.SHORT;
        List<String> peers = Peers.ALL;
        int rounds = 3;
        double seconds = 1;
        boolean pin = false;
        List<String> compare = new ArrayList<>();
        String action = "measure";
        String out = "results";
        for (int i = 0; i < words.length; i++) {
            switch (words[i]) {
                case "--full" -> {
                    scenarios = Scenario.ALL.stream().map(Scenario::name).toList();
                    rounds = 9;
                    seconds = 2;
                }
                case "--scenarios" -> scenarios = List.of(words[++i].split(","));
                case "--peers" -> peers = List.of(words[++i].split(","));
                case "--rounds" -> rounds = Integer.parseInt(words[++i]);
                case "--seconds" -> seconds = Double.parseDouble(words[++i]);
                case "--pin" -> pin = true;
                case "--out" -> out = words[++i];
                case "--compare" -> {
                    action = "compare";
                    compare = List.of(words[++i], words[++i]);
                }
                case "--selfcheck", "--list", "--help" -> action = words[i].substring(2);
                default -> throw new IllegalArgumentException(words[i] + " is unknown\n" + USAGE);
            }
        }
        return new Options(scenarios, peers, rounds, seconds, pin, compare, action, out);
    }

    /** In the order of the table, whatever the order asked for. */
    List<Scenario> chosen() {
        for (String name : scenarios) {
            if (Scenario.ALL.stream().noneMatch(s -> s.name().equals(name))) {
                throw new IllegalArgumentException("no such scenario: " + name + "; see --list");
            }
        }
        return Scenario.ALL.stream().filter(s -> scenarios.contains(s.name())).toList();
    }
}
