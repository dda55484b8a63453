using Grpc.Core;
using Platform.Contracts;

namespace Platform.Forecast.Work;

/// <summary>
/// Whose turn it is to have a heavy question (what-ifs; layers and diagnoses of all teams) worked out by this replica: few at once, since each takes all cores and a hundred megabytes or more, and the others in the order in which they came.
/// For any number of threads.
/// </summary>
/// <param name="atOnce">Questions that are worked out at once, 1 or more.</param>
/// <param name="mostWaiting">Questions that wait for their turn; further ones are refused.</param>
internal sealed class QuestionTurns(int atOnce = QuestionTurns.AtOnce, int mostWaiting = QuestionTurns.MostWaiting)
{
    public const int AtOnce = 2;
    public const int MostWaiting = 32;

    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _atWork;

    /// <summary>Waits for a turn, which ends when the answer is disposed of.</summary>
    /// <param name="cancellationToken">The caller's: who leaves gives up the place in the queue.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED (QUESTIONS_BUSY): too many wait already.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> place;
        lock (_gate)
        {
            if (_atWork < atOnce)
            {
                _atWork++;
                return new Turn(this);
            }

            if (_waiting.Count >= mostWaiting)
            {
                throw RpcErrors.Create(
                    StatusCode.ResourceExhausted, Reasons.QuestionsBusy,
                    $"{atOnce} what-ifs, forecasts or diagnoses of all teams are being worked out, and {mostWaiting} more wait for their turn. Ask again in a while.");
            }

            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        await using var leaving = cancellationToken.Register(() => Leave(place, cancellationToken));
        await place.Value.Task;
        return new Turn(this);
    }

    /// <summary>Does nothing for one whose turn has come: its work ends by the same token, and the turn with it.</summary>
    private void Leave(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (place.List is null)
            {
                return;
            }

            _waiting.Remove(place);
        }

        place.Value.TrySetCanceled(cancellationToken);
    }

    /// <summary>The turn goes over to who has waited longest.</summary>
    private void End()
    {
        lock (_gate)
        {
            if (_waiting.First is not { } next)
            {
                _atWork--;
                return;
            }

            _waiting.RemoveFirst();
            next.Value.SetResult();
        }
    }

    private sealed class Turn(QuestionTurns turns) : IDisposable
    {
        private QuestionTurns? _turns = turns;

        public void Dispose() => Interlocked.Exchange(ref _turns, null)?.End();
    }
}
