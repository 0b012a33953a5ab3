package dev.gatun.it.manifests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.gatun.it.Checkout;
import dev.gatun.server.cli.KedaScalerCommand;
import dev.gatun.server.config.OptionNames;
import dev.gatun.server.config.Setting;
import dev.gatun.server.config.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The pages for operators speak of flags, metrics and files that are there. */
class DocsTest {
  private static final Pattern FLAG = Pattern.compile("(?<![\\w-])--([a-z][a-z0-9_-]*)");

  /** Flags of other commands of gatun and of the image's build. */
  private static final Set<String> OF_OTHER_COMMANDS = Set.of("help", "json", "cache");

  /** A command of another program, its lines joined. */
  private static final Pattern FOREIGN =
      Pattern.compile("(?m)^\\s*(kubectl|helm|curl|docker|podman|make)\\b.*$");

  private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)(#[^)]*)?\\)");
  private static final Pattern FLAG_ROW =
      Pattern.compile("(?m)^\\| `--([a-z0-9-]+)` \\| ([^|]+) \\|");
  private static final Pattern METRIC_ROW = Pattern.compile("(?m)^\\| `([a-z]+:[a-z0-9_]+)` \\|");

  private static Path docs() {
    return Checkout.root().resolve("docs");
  }

  static List<Path> pages() {
    return Manifests.find(docs(), path -> path.toString().endsWith(".md")).stream()
        .map(docs()::relativize)
        .toList();
  }

  private static String page(Path page) {
    return Manifests.read(docs().resolve(page));
  }

  private static String migration() {
    return page(Path.of("migrating-from-vllm.md"));
  }

  /** What the migration page says of each flag. */
  private static Map<String, String> flagRows() {
    Map<String, String> rows = new LinkedHashMap<>();
    Matcher matcher = FLAG_ROW.matcher(migration());
    while (matcher.find()) {
      assertThat(rows.put(matcher.group(1), matcher.group(2).strip()))
          .as("a second row for --%s", matcher.group(1))
          .isNull();
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyFlagExists(Path page) {
    String scalerHelp = new CommandLine(new KedaScalerCommand()).getUsageMessage();
    Set<String> gone = new TreeSet<>();
    flagRows()
        .forEach(
            (flag, status) -> {
              if (status.equals("not here") || status.equals("retired")) {
                gone.add(flag);
              }
            });
    Set<String> unknown = new TreeSet<>();
    Matcher matcher = FLAG.matcher(FOREIGN.matcher(page(page).replace("\\\n", " ")).replaceAll(""));
    while (matcher.find()) {
      String flag = matcher.group(1).replace('_', '-');
      if (!OF_OTHER_COMMANDS.contains(flag)
          && !isOption(flag)
          && !gone.contains(flag)
          && !scalerHelp.contains("--" + flag + "=")) {
        unknown.add(flag);
      }
    }

    assertThat(unknown).isEmpty();
  }

  private static boolean isOption(String flag) {
    String plain = flag.startsWith("no-") ? flag.substring(3) : flag;
    return Settings.all().stream()
        .anyMatch(setting -> setting.name().equals(plain) || setting.aliases().contains(plain));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyMetricExists(Path page) {
    assumeFalse(page.endsWith("metrics.md"), "the table of the code itself, see MetricsPageTest");
    assertThat(MetricReferences.unknown(page(page))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyLinkLeadsSomewhere(Path page) {
    Matcher matcher = LINK.matcher(page(page));
    while (matcher.find()) {
      Path target = docs().resolve(page).resolveSibling(matcher.group(1)).normalize();
      assertThat(Files.exists(target)).as(matcher.group(1)).isTrue();
    }
  }

  @Test
  void theIndexNamesEveryPage() {
    for (Path page : pages()) {
      if (!page.endsWith("README.md")) {
        assertThat(page(Path.of("README.md"))).contains("(" + page + ")");
      }
    }
  }

  @Test
  void theFlagsOfTheMigrationPageAreTheServers() {
    Map<String, String> rows = flagRows();

    assertThat(rows.keySet())
        .containsAll(Settings.all().stream().map(Setting::name).collect(Collectors.toList()));
    rows.forEach(DocsTest::checkFlag);
  }

  private static void checkFlag(String flag, String status) {
    switch (status) {
      case "as in vLLM", "differs", "Gatun's own" ->
          assertThatCode(() -> OptionNames.requireKnown(flag, "page")).doesNotThrowAnyException();
      case "retired" ->
          assertThatThrownBy(() -> OptionNames.requireKnown(flag, "page"))
              .hasMessageContaining("is removed");
      case "not here" ->
          assertThatThrownBy(() -> OptionNames.requireKnown(flag, "page"))
              .hasMessageContaining("unknown flag");
      default -> throw new AssertionError("--" + flag + " has status '" + status + "'");
    }
  }

  @Test
  void theRetiredMetricsOfTheMigrationPageAreTheServers() {
    Set<String> rows = new TreeSet<>();
    Matcher matcher = METRIC_ROW.matcher(migration());
    while (matcher.find()) {
      rows.add(matcher.group(1));
    }

    assertThat(rows).isEqualTo(MetricReferences.retired());
  }
}
