# Homebrew formula; belongs into a tap.
class Wsdoctor < Formula
  desc "Connectivity diagnosis for Amazon WorkSpaces"
  homepage "@URL@"
  version "@VERSION@"

  on_macos do
    on_arm do
      url "@URL@/@darwin_arm64.zip@"
      sha256 "@darwin_arm64.zip.sha256@"
    end
    on_intel do
      url "@URL@/@darwin_amd64.zip@"
      sha256 "@darwin_amd64.zip.sha256@"
    end
  end
  on_linux do
    on_arm do
      url "@URL@/@linux_arm64.tar.gz@"
      sha256 "@linux_arm64.tar.gz.sha256@"
    end
    on_intel do
      url "@URL@/@linux_amd64.tar.gz@"
      sha256 "@linux_amd64.tar.gz.sha256@"
    end
  end

  def install
    bin.install "wsdoctor"
    man1.install "wsdoctor.1"
    generate_completions_from_executable(bin/"wsdoctor", "completion")
  end

  test do
    assert_match "wsdoctor", shell_output("#{bin}/wsdoctor --version")
  end
end
