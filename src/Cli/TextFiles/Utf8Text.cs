using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Platform.Cli.TextFiles;

/// <summary>Whether bytes are text in UTF-8, and where they are not.</summary>
internal static class Utf8Text
{
    private const int Block = 1 << 16;

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
                throw Wrong(name, line, before + good + 1, block[good]);
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

    private static KtError Wrong(string name, long line, long place, byte found)
    {
        // Every other byte of western text in UTF-16 is 0, and its marks are no UTF-8.
        var isWide = found == 0 || ((line, place) == (1, 1) && found is 0xFE or 0xFF);
        var (kind, encoding) = isWide ? ("It looks like UTF-16, which spreadsheets call Unicode text.", "UTF-16") : ("If it is of Windows or a spreadsheet, its encoding may be WINDOWS-1252.", "WINDOWS-1252");
        return new KtError(ExitCodes.Failed, string.Create(
            CultureInfo.InvariantCulture,
            $"'{name}' is not text in UTF-8: line {line}, byte {place} is 0x{found:X2}. {kind} Save it as UTF-8, or convert it: iconv -f {encoding} -t UTF-8 '{name}' > '{name}.utf8'"));
    }
}
