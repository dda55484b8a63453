using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Platform.Cli.TextFiles;

/// <summary>Whether bytes are text in UTF-8, and where they are not.</summary>
internal static class Utf8Text
{
    private const int Block = 1 << 16;
    private const string Wide = "It looks like UTF-16, which spreadsheets call Unicode text.";

    private static ReadOnlySpan<byte> GzipMark => [0x1F, 0x8B];

    private static ReadOnlySpan<byte> ZipMark => "PK\u0003\u0004"u8;

    /// <summary>Bytes of the mark that some programs write before text in UTF-8: 3 where it stands at the stream's beginning, else 0.</summary>
    public static int MarkLength(Stream file)
    {
        Span<byte> head = stackalloc byte[Encoding.UTF8.Preamble.Length];
        file.Position = 0;
        return head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)].SequenceEqual(Encoding.UTF8.Preamble) ? head.Length : 0;
    }

    /// <summary>Reads a stream from where it stands to its end.</summary>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="KtError">The first byte that is none of such a text, by line and by byte of that line, both from 1, and how to convert it.</exception>
    public static void Require(Stream file, string name)
    {
        var (bytes, characters) = (new byte[Block], new char[Block]);
        for (var (kept, line, before) = (0, 1L, 0L); ;)
        {
            var read = file.Read(bytes, kept, Block - kept);
            var block = bytes.AsSpan(0, kept + read);
            var status = Utf8.ToUtf16(block, characters, out var good, out _, replaceInvalidSequences: false, isFinalBlock: read == 0);
            if (block[..good].IndexOf((byte)0) is >= 0 and var none)
            {
                (status, good) = (OperationStatus.InvalidData, none);
            }

            var text = block[..good];
            if (text.LastIndexOf((byte)'\n') is >= 0 and var end)
            {
                (line, before) = (line + text.Count((byte)'\n'), -(end + 1L));
            }

            if (status == OperationStatus.InvalidData)
            {
                throw Wrong(name, line, before + good + 1, block[good], (line, before) == (1, 0) ? block : []);
            }

            if (read == 0)
            {
                return;
            }

            // A character that the next block ends.
            before += good;
            kept = block.Length - good;
            block[good..].CopyTo(bytes);
        }
    }

    /// <param name="head">The file's beginning, where the byte is in its first line.</param>
    private static KtError Wrong(string name, long line, long place, byte found, ReadOnlySpan<byte> head) => new(ExitCodes.Failed, string.Create(
        CultureInfo.InvariantCulture, $"'{name}' is not text in UTF-8: line {line}, byte {place} is 0x{found:X2}. {Remedy(name, line, place, found, head)}"));

    private static string Remedy(string name, long line, long place, byte found, ReadOnlySpan<byte> head)
    {
        if (head.StartsWith(GzipMark))
        {
            return $"It is compressed. Unpack it: gunzip -c '{name}' > '{name}.txt'";
        }

        if (head.StartsWith(ZipMark))
        {
            return $"It is a zip archive, as workbooks of spreadsheets (.xlsx) are too. Export the sheet as CSV in UTF-8, or unpack the archive: unzip '{name}'";
        }

        // Every other byte of western text in UTF-16 is 0, and its marks are no UTF-8. Without a mark the first 0 tells which byte of two comes first, which iconv does not find out.
        var (kind, encoding) = (line, place, found) switch
        {
            (1, 1, 0xFE or 0xFF) => (Wide, "UTF-16"),
            (1, _, 0) => (Wide, long.IsOddInteger(place) ? "UTF-16BE" : "UTF-16LE"),
            (_, _, 0) => (Wide, "UTF-16"),
            _ => ("If it is of Windows or a spreadsheet, its encoding may be WINDOWS-1252.", "WINDOWS-1252"),
        };
        return $"{kind} Save it as UTF-8, or convert it: iconv -f {encoding} -t UTF-8 '{name}' > '{name}.utf8'";
    }
}
