using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Platform.Routing.Calls;

namespace Platform.Routing.Scheduled;

/// <summary>A file of requests as it arrives, a line at a time: never whole in memory.</summary>
internal sealed class BatchFile(PipeReader source, ScheduledOptions options, int maxLineBytes)
{
    /// <summary>So many wrong lines are named; then it is enough.</summary>
    private const int MaxProblems = 20;

    private readonly HashSet<string> _customIds = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _line;
    private int _items;
    private long _bytes;

    /// <summary>Reads it to its end. An error when anything in it is wrong: then nothing of it is to be kept.</summary>
    /// <param name="check">Null when a request may be taken, else what is wrong with it.</param>
    /// <param name="take">Called for each right line, with its position among the requests, from 1.</param>
    public async Task<(ApiError? Error, (int Items, byte[] Sha256)? Read)> ReadAsync(
        Func<BatchLine, string?> check, Func<int, BatchLine, Task> take, CancellationToken cancellationToken)
    {
        while (_problems.Count < MaxProblems)
        {
            var read = await source.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (_problems.Count < MaxProblems && TryCutLine(ref rest, read.IsCompleted, out var line))
            {
                await ReadLineAsync(line, check, take);
            }

            source.AdvanceTo(rest.Start, rest.End);
            if (_bytes > options.MaxFileBytes || _items > options.MaxItems)
            {
                return (ApiError.BatchTooLarge(options.MaxItems, options.MaxFileBytes), null);
            }

            if (rest.Length > maxLineBytes)
            {
                return (ApiError.BatchLineTooLarge(_line + 1, maxLineBytes), null);
            }

            if (read.IsCompleted)
            {
                break;
            }
        }

        return _problems.Count > 0 ? (ApiError.Malformed("Nothing was accepted. " + string.Join(" ", _problems)), null)
            : _items == 0 ? (ApiError.Malformed("The file has no requests: send JSON Lines, one request a line."), null)
            : (null, (_items, _hash.GetHashAndReset()));
    }

    private bool TryCutLine(ref ReadOnlySequence<byte> rest, bool isLast, out byte[] line)
    {
        var end = rest.PositionOf((byte)'\n');
        if (end is null && (!isLast || rest.IsEmpty))
        {
            line = [];
            return false;
        }

        line = rest.Slice(0, end ?? rest.End).ToArray();
        rest = end is null ? rest.Slice(rest.End) : rest.Slice(rest.GetPosition(1, end.Value));
        _bytes += line.Length + (end is null ? 0 : 1);
        return true;
    }

    private async Task ReadLineAsync(byte[] utf8, Func<BatchLine, string?> check, Func<int, BatchLine, Task> take)
    {
        _line++;
        _hash.AppendData(utf8);
        _hash.AppendData("\n"u8);
        if (_line == 1 && utf8.AsSpan().StartsWith("\uFEFF"u8))
        {
            // A mark of the byte order, as some editors and spreadsheets begin their files.
            utf8 = utf8["\uFEFF"u8.Length..];
        }

        if (utf8.AsSpan().Trim(" \t\r"u8).IsEmpty)
        {
            return;
        }

        var problem = BatchLine.TryRead(utf8, out var line) ?? (_customIds.Add(line!.CustomId) ? check(line) : $"custom_id '{line.CustomId}' was there before");
        if (problem is not null)
        {
            _problems.Add($"Line {_line}: {problem.TrimEnd('.')}.");
            return;
        }

        _items++;
        if (_problems.Count == 0 && _items <= options.MaxItems)
        {
            await take(_items, line!);
        }
    }
}
