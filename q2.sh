. /work/env/go.sh pretraining; cd /work/pt/lean
run(){ python lean.py "$@" 2>&1 | grep -v I0000 >> q2.log; }
run ft --init p1.pt --scale 0.02 --epochs 5 --lr 1e-3 --name p1_rescaled_1e-3
run ft --epochs 5 --lr 1e-3 --own --name scratch
