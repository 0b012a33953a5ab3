package dev.gatun.cpu;

import java.util.Optional;

/** Operating systems and architectures that there are kernels for. */
enum Platform {
  LINUX_X86_64("amd64", "linux-x86_64"),
  LINUX_AARCH64("aarch64", "linux-aarch64");

  private final String osArch;
  private final String directory;

  Platform(String osArch, String directory) {
    this.osArch = osArch;
    this.directory = directory;
  }

  /** The one that this virtual machine runs on; empty if there are no kernels for it. */
  static Optional<Platform> current() {
    return of(System.getProperty("os.name"), System.getProperty("os.arch"));
  }

  static Optional<Platform> of(String osName, String osArch) {
    for (Platform platform : values()) {
      if (osName.equals("Linux") && osArch.equals(platform.osArch)) {
        return Optional.of(platform);
      }
    }
    return Optional.empty();
  }

  /** Its directory among the resources, and the classifier of its jar. */
  String directory() {
    return directory;
  }
}
